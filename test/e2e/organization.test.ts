import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
  TagResourceCommand,
} from '@aws-sdk/client-organizations';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { createOrganizationReader } from '../../lib/aws/organizations.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { eventually, type LabAccount, labAccount, tagOf } from '../support/lab-account.ts';

/**
 * A stack deployed in one account whose policy selects by organization; the organization belongs to another account, and
 * its role is assumed. Every case asks from an account of its own: a warm function keeps answers for two minutes.
 */

const REGION = 'us-east-1';
const OWN = '123456789012';
const MANAGEMENT = '999999999999';
const STRANGER = '333333333333';
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/peering-autopilot-organization-reader`;

let lab: Lab;
let control: LabControl;
let own: LabAccount;
let organizations: OrganizationsClient;
let directory = '';
let root = '';
let above = '';
let unit = '';
let accounts = 0;
let blocks = 0;

function given(value: string | undefined): string {
  if (value === undefined) throw new Error('the lab answered without an id');
  return value;
}

async function createUnit(parent: string, name: string): Promise<string> {
  const { OrganizationalUnit } = await organizations.send(
    new CreateOrganizationalUnitCommand({ ParentId: parent, Name: name }),
  );
  return given(OrganizationalUnit?.Id);
}

async function move(accountId: string, from: string, to: string): Promise<void> {
  await organizations.send(
    new MoveAccountCommand({ AccountId: accountId, SourceParentId: from, DestinationParentId: to }),
  );
}

/** An account of the organization, tagged as the rule asks, one unit below the unit that the rule names. */
async function member(): Promise<string> {
  accounts += 1;
  const { CreateAccountStatus } = await organizations.send(
    new CreateAccountCommand({ AccountName: `member-${accounts}`, Email: `m${accounts}@example.com` }),
  );
  const accountId = given(CreateAccountStatus?.AccountId);
  await organizations.send(
    new TagResourceCommand({ ResourceId: accountId, Tags: [{ Key: 'Platform', Value: 'data' }] }),
  );
  await move(accountId, root, unit);
  return accountId;
}

async function requestFrom(accountId: string): Promise<string> {
  const other = await labAccount({ endpoint: lab.url, region: REGION, accountId });
  blocks += 2;
  const from = await other.createVpc(`10.${blocks}.0.0/16`);
  const to = await own.createVpc(`10.${blocks + 1}.0.0/16`);
  const pcx = await other.request(from, to, { accountId: OWN });
  await control.fire('sweep');
  return pcx;
}

async function held(pcx: string): Promise<string> {
  const { message } = await eventually(`a message that ${pcx} is held`, async () =>
    (await control.notifications()).find(
      ({ subject, message: text }) => `${subject}\n${text}`.includes(pcx) && `${subject}`.includes('held'),
    ),
  );
  expect((await own.peering(pcx))?.Status?.Code).toBe('pending-acceptance');
  return message;
}

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  const management = await labAccount({ endpoint: lab.url, region: REGION, accountId: MANAGEMENT });
  organizations = new OrganizationsClient({
    endpoint: lab.url,
    region: REGION,
    credentials: management.credentials,
  });
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const { Roots } = await organizations.send(new ListRootsCommand({}));
  root = given(Roots?.[0]?.Id);
  above = await createUnit(root, 'platforms');
  unit = await createUnit(above, 'data');

  directory = await mkdtemp(join(tmpdir(), 'peering-organization-'));
  const policyFile = join(directory, 'policy.yml');
  const policy = await readFile(join(__dirname, 'organization.yml'), 'utf8');
  await writeFile(policyFile, policy.replace('ou-ab12-cdef3456', above));
  await lab.deploy({ policyFile, region: REGION });
});

afterAll(async () => {
  await lab?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('the reader of the organization', () => {
  const credentials = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL'] as const;
  const before = credentials.map((name) => process.env[name]);

  beforeAll(() => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: lab.url,
    });
  });

  afterAll(() => {
    for (const [index, name] of credentials.entries()) {
      const value = before[index];
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
  });

  const reader = () =>
    createOrganizationReader({ role: ROLE, region: REGION, needs: { units: true, tags: true } });

  it('finds every unit above an account up to the root, and its tags, by the role', async () => {
    expect(await reader().readAccount(await member())).toEqual({
      organizationalUnits: [unit, above, root],
      accountTags: { Platform: 'data' },
    });
  });

  it('knows of an account outside the organization that it has neither', async () => {
    expect(await reader().readAccount(STRANGER)).toEqual({ organizationalUnits: [], accountTags: {} });
  });

  it('says which call by which role failed', async () => {
    await fault({ service: 'organizations', action: 'ListParents', kind: 'denied' });
    await expect(reader().readAccount(await member())).rejects.toThrow(
      new RegExp(`^Organizations ListParents by ${ROLE} failed: .*AccessDenied`),
    );
    await fault({ service: 'sts', action: 'AssumeRole', kind: 'denied' });
    await expect(reader().readAccount(OWN)).rejects.toThrow(`AssumeRole of ${ROLE} failed: `);
  });
});

async function fault(parts: Readonly<Record<string, unknown>>): Promise<void> {
  const answer = await fetch(`${lab.url}/_lab/faults`, { method: 'POST', body: JSON.stringify(parts) });
  expect(answer.ok).toBe(true);
}

describe('a rule by organization on a deployed stack', () => {
  it('accepts and routes the request of a tagged account anywhere below the unit', async () => {
    const pcx = await requestFrom(await member());
    const peering = await eventually(`acceptance of ${pcx}`, async () => {
      const found = await own.peering(pcx);
      return found?.Status?.Code === 'active' ? found : undefined;
    });
    expect(tagOf(peering, 'rule')).toBe('data-platform');
  });

  it('holds the request of a stranger', async () => {
    const pcx = await requestFrom(STRANGER);
    await held(pcx);
  });

  it('holds the request of an account that was moved out of the unit', async () => {
    const accountId = await member();
    await move(accountId, unit, root);
    await held(await requestFrom(accountId));
  });

  it('holds with the reason when the role may not read', async () => {
    const accountId = await member();
    await fault({
      service: 'organizations',
      action: 'ListParents',
      kind: 'denied',
      match: accountId,
      times: 50,
    });
    expect(await held(await requestFrom(accountId))).toContain('AccessDenied');
  });
});
