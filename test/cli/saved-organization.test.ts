import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOrganization, readUnits, writeOrganization } from '../../cli/source/saved-organization.ts';

/** What a snapshot keeps of AWS Organizations. */

const MEMBER = '111111111111';
const DARK = '222222222222';
const UNITS = { units: true, tags: false };

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'peering-organization-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(needs = UNITS): void {
  writeOrganization(
    directory,
    {
      accounts: new Map([
        [MEMBER, { facts: { organizationalUnits: ['ou-ab12-cdef3456', 'r-ab12'], accountTags: {} } }],
        [DARK, { unread: { reason: 'AccessDenied', retry: true } }],
      ]),
      units: new Map([
        ['ou-ab12-cdef3456', { accounts: [{ accountId: MEMBER, state: 'ACTIVE' }] }],
        ['ou-ab12-dark0000', { unread: { reason: 'AccessDenied', retry: true } }],
      ]),
    },
    needs,
  );
}

it('answers what was answered, and of what could not be read why', async () => {
  write();
  const answers = await readOrganization(directory, UNITS)?.lookUp([MEMBER, DARK]);
  expect(answers?.get(MEMBER)).toEqual({
    facts: { organizationalUnits: ['ou-ab12-cdef3456', 'r-ab12'], accountTags: {} },
  });
  expect(answers?.get(DARK)).toEqual({ unread: { reason: 'AccessDenied', retry: false } });
});

it('answers which accounts a unit has, and of one that it does not hold that it is not known', async () => {
  write();
  const answers = await readUnits(directory).lookUp([
    'ou-ab12-cdef3456',
    'ou-ab12-dark0000',
    'ou-ab12-else0000',
  ]);
  expect([...answers.values()]).toEqual([
    { accounts: [{ accountId: MEMBER, state: 'ACTIVE' }] },
    { unread: { reason: 'AccessDenied', retry: false } },
    { unread: { reason: expect.stringContaining('save it again'), retry: false } },
  ]);
});

it('says of an account that it does not hold, and of tags that were not asked for, that they are not known', async () => {
  write();
  const unknown = { unread: { reason: expect.stringContaining('save it again'), retry: false } };
  expect((await readOrganization(directory, UNITS)?.lookUp(['333333333333']))?.get('333333333333')).toEqual(
    unknown,
  );
  expect(
    (await readOrganization(directory, { units: true, tags: true })?.lookUp([MEMBER]))?.get(MEMBER),
  ).toEqual(unknown);
});

it('says nothing where nothing was saved, and refuses what it did not write', () => {
  expect(readOrganization(directory, UNITS)).toBeUndefined();
  write();
  const path = join(directory, 'Organization.json');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace('"OrganizationalUnits": [', '"OrganizationalUnits": [7,'),
  );
  expect(() => readOrganization(directory, UNITS)).toThrow(/nothing readable of account 111111111111/);
});
