import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteRouteCommand,
} from '@aws-sdk/client-ec2';
import {
  CloseAccountCommand,
  CreateOrganizationalUnitCommand,
  ListRootsCommand,
  MoveAccountCommand,
} from '@aws-sdk/client-organizations';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { type BuiltCommand, builtCommand } from '../cli/support/command.ts';
import { createLabOrganization, type LabOrganization, makeReadable } from '../support/fleet-accounts.ts';
import { type LabAccount, type LabVpc, labAccount } from '../support/lab-account.ts';
import { playPage } from '../support/played-page.ts';
import { comparable } from '../support/shown-output.ts';

/**
 * docs/first-week-organization.md, from top to bottom, in an organization of eighty accounts: the one with the hubs, in which
 * the stack is deployed, and 79 others, of which the reader needs no more than their role and registry.
 */

const REGION = 'us-east-1';
const OWN = '123456789012';
const PARTNER = '333333333333';
const PAGE = join(__dirname, '../../docs/first-week-organization.md');
const TEAMS = 77;
/** Of each hub: EC2 allows 50 peerings a VPC. */
const TEAMS_OF_HUB = 39;

let lab: Lab;
let control: LabControl;
let command: BuiltCommand;
let organization: LabOrganization;
let own: LabAccount;
let unit = '';
const hubs: LabVpc[] = [];
const teams: { readonly account: LabAccount; readonly vpc: LabVpc; readonly peeringId: string }[] = [];
/** Ids of this run by the word that the page's text has for them. */
const real = { team17: '', team77: '', partner: '' };

async function named(account: LabAccount, id: string, name: string): Promise<void> {
  await account.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'Name', Value: name }] }));
}

async function route(account: LabAccount, tableId: string, cidr: string, peeringId: string): Promise<void> {
  await account.ec2.send(
    new CreateRouteCommand({
      RouteTableId: tableId,
      DestinationCidrBlock: cidr,
      VpcPeeringConnectionId: peeringId,
    }),
  );
}

/** A team's account as it was before the product: peered with its hub, and routed by hand on both sides. */
async function createTeam(number: number): Promise<void> {
  const hub = hubs[Math.floor((number - 1) / TEAMS_OF_HUB)];
  if (hub === undefined) throw new Error(`no hub for team ${number}`);
  const name = `team-${String(number).padStart(2, '0')}`;
  const accountId = await organization.createAccount(name);
  await organization.client.send(
    new MoveAccountCommand({ AccountId: accountId, SourceParentId: await root(), DestinationParentId: unit }),
  );
  const where = { endpoint: lab.url, region: REGION, accountId };
  await makeReadable(where, { reader: OWN, organization: organization.id });
  const account = await labAccount(where);
  const vpc = await account.createVpc(`10.${number}.0.0/16`, { Name: name });
  const peeringId = await account.request(vpc, hub, { accountId: OWN });
  if (number < TEAMS) {
    await own.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
    await named(own, peeringId, `${name}-to-hub`);
    await route(account, vpc.tableId, hub.cidr, peeringId);
    await route(own, hub.tableId, vpc.cidr, peeringId);
  }
  teams.push({ account, vpc, peeringId });
}

async function root(): Promise<string> {
  const { Roots } = await organization.client.send(new ListRootsCommand({}));
  const id = Roots?.[0]?.Id;
  if (id === undefined) throw new Error('the lab answered without a root');
  return id;
}

/** What somebody broke, what nobody has rolled out to, and what waits. */
async function createTrouble(): Promise<void> {
  const broken = teams[16];
  const asking = teams[TEAMS - 1];
  const [hub] = hubs;
  if (broken === undefined || asking === undefined || hub === undefined) throw new Error('too few teams');
  await broken.account.ec2.send(
    new DeleteRouteCommand({ RouteTableId: broken.vpc.tableId, DestinationCidrBlock: hub.cidr }),
  );
  await organization.createAccount('sandbox');
  const legacy = await organization.createAccount('legacy');
  await organization.client.send(new CloseAccountCommand({ AccountId: legacy }));
  const partner = await labAccount({ endpoint: lab.url, region: REGION, accountId: PARTNER });
  const from = await partner.createVpc('172.20.0.0/16');
  real.partner = await partner.request(from, hub, { accountId: OWN });
  real.team17 = broken.peeringId;
  real.team77 = asking.peeringId;
}

beforeAll(async () => {
  command = await builtCommand();
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  organization = await createLabOrganization(lab.url, REGION);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  const { OrganizationalUnit } = await organization.client.send(
    new CreateOrganizationalUnitCommand({ ParentId: await root(), Name: 'teams' }),
  );
  unit = OrganizationalUnit?.Id ?? '';
  hubs.push(await own.createVpc('10.100.0.0/16', { Name: 'hub-a' }));
  hubs.push(await own.createVpc('10.101.0.0/16', { Name: 'hub-b' }));
  for (let number = 1; number <= TEAMS; number += 1) {
    await createTeam(number);
  }
  await createTrouble();
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

/** Accounts and units have other ids in every run, too. */
function comparableHere(output: string): string[] {
  return comparable(
    output
      .replace(/\bou-[a-z0-9]{4}-[a-z0-9]{8}\b/g, 'ou-ID')
      .replace(/\bo-[a-z0-9]{10,32}\b/g, 'o-ID')
      .replace(/\b\d{12}\b/g, 'ACCOUNT'),
  );
}

it('the page shows what the commands print', async () => {
  const policies = [...readFileSync(PAGE, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) =>
    yaml.replace(/\bou-[a-z0-9]{4}-[a-z0-9]{8}\b/g, unit),
  );
  const policyFile = join(command.directory, 'peering-policy.yml');
  const { shown, printed } = await playPage({
    file: PAGE,
    before: async (day) => {
      if (day === 'Monday') writeFileSync(policyFile, policies[0] ?? '');
      if (day !== 'Wednesday') return;
      writeFileSync(policyFile, (policies[0] ?? '').replace('mode: observe', 'mode: enforce'));
      await lab.deploy({ policyFile, region: REGION });
      await control.fire('sweep');
      await control.idle();
    },
    real: (line) =>
      line.replace(/\bpcx-[0-9a-f]{17}\b/, line.startsWith('explain') ? real.team17 : real.partner),
    run: (args, environment) => command.run(args, { env: { ...lab.env, COLUMNS: '120', ...environment } }),
    // 1: what doctor says of a local AWS without a trail. 3: some accounts could not be read.
    alsoExits: (line) => (line === 'doctor' ? [1] : [3]),
    comparable: comparableHere,
  });
  expect(shown).toEqual(printed);
});
