import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf } from '../../lib/model/json.ts';
import type { UnitAnswer, UnitAnswers } from '../../lib/model/organizational-unit.ts';
import type { OrganizationAnswer, OrganizationLookup, UnitLookup } from '../../lib/ports/organization.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { readJson } from '../read-json.ts';

/**
 * What AWS Organizations said of the accounts at the other ends when the snapshot was made, in `Organization.json` beside the
 * accounts: `{"Knows": ["units"], "Accounts": {"111122223333": {"OrganizationalUnits": ["ou-…"], "Tags": {}}}}`. What could not
 * be read stands there as `{"NotRead": "reason"}`. Where the policy looks for spokes in organizational units, also
 * `{"Units": {"ou-…": {"Accounts": {"111122223333": "ACTIVE"}}}}`.
 */

export interface OrganizationNeeds {
  readonly units: boolean;
  readonly tags: boolean;
}

const FILE = 'Organization.json';

function savedOf(answer: OrganizationAnswer): object {
  return 'facts' in answer
    ? { OrganizationalUnits: answer.facts.organizationalUnits, Tags: answer.facts.accountTags }
    : { NotRead: answer.unread.reason };
}

function savedUnit(answer: UnitAnswer): object {
  return 'unread' in answer
    ? { NotRead: answer.unread.reason }
    : { Accounts: Object.fromEntries(answer.accounts.map(({ accountId, state }) => [accountId, state])) };
}

/** In the order of the ids, so that the same is saved alike. */
function byId<Answer>(answers: ReadonlyMap<string, Answer>, saved: (answer: Answer) => object): object {
  return Object.fromEntries(
    [...answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, answer]) => [id, saved(answer)]),
  );
}

/** @param needs what the policies ask for, and so what was read. */
export function writeOrganization(
  directory: string,
  read: {
    readonly accounts: ReadonlyMap<string, OrganizationAnswer>;
    readonly units: UnitAnswers;
  },
  needs: OrganizationNeeds,
): void {
  const Knows = [...(needs.units ? ['units'] : []), ...(needs.tags ? ['tags'] : [])];
  const content = {
    Knows,
    Accounts: byId(read.accounts, savedOf),
    ...(read.units.size === 0 ? {} : { Units: byId(read.units, savedUnit) }),
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, FILE), `${JSON.stringify(content, undefined, 2)}\n`);
}

function textMap(value: unknown): Record<string, string> | undefined {
  const entries = Object.entries(fieldsOf(value));
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? Object.fromEntries(entries)
    : undefined;
}

function answerIn(path: string, accountId: string, saved: unknown): OrganizationAnswer {
  const { OrganizationalUnits, Tags, NotRead } = fieldsOf(saved);
  if (typeof NotRead === 'string') {
    return { unread: { reason: NotRead, retry: false } };
  }
  const accountTags = textMap(Tags);
  const isUnits =
    Array.isArray(OrganizationalUnits) && OrganizationalUnits.every((each) => typeof each === 'string');
  if (!isUnits || accountTags === undefined) {
    throw new CliError(`${shown(path)} says nothing readable of account ${shown(accountId)}. Save it again.`);
  }
  return { facts: { organizationalUnits: OrganizationalUnits, accountTags } };
}

const UNKNOWN =
  'the snapshot does not hold it; save it again with this policy, by credentials that may read the organization';

function unitIn(path: string, unit: string, saved: unknown): UnitAnswer {
  const { Accounts, NotRead } = fieldsOf(saved);
  if (typeof NotRead === 'string') {
    return { unread: { reason: NotRead, retry: false } };
  }
  const states = textMap(Accounts);
  if (states === undefined) {
    throw new CliError(`${shown(path)} says nothing readable of ${shown(unit)}. Save it again.`);
  }
  return { accounts: Object.entries(states).map(([accountId, state]) => ({ accountId, state })) };
}

/**
 * Which accounts the organizational units have in which the policy looks for spokes.
 *
 * @throws CliError when the file is not as `writeOrganization` makes it.
 */
export function readUnits(directory: string): UnitLookup {
  const path = join(directory, FILE);
  const { Units } = existsSync(path) ? fieldsOf(readJson(path)) : {};
  const answers = new Map(
    Object.entries(fieldsOf(Units)).map(([unit, saved]) => [unit, unitIn(path, unit, saved)] as const),
  );
  return {
    lookUp: async (units) =>
      new Map(
        units.map((unit) => [unit, answers.get(unit) ?? { unread: { reason: UNKNOWN, retry: false } }]),
      ),
  };
}

/**
 * @returns undefined where the snapshot says nothing of any organization.
 * @throws CliError when the file is not as `writeOrganization` makes it.
 */
export function readOrganization(
  directory: string,
  needs: OrganizationNeeds,
): OrganizationLookup | undefined {
  const path = join(directory, FILE);
  if (!existsSync(path)) {
    return undefined;
  }
  const { Knows, Accounts } = fieldsOf(readJson(path));
  const knows = (what: string) => Array.isArray(Knows) && Knows.includes(what);
  const isEnough = (!needs.units || knows('units')) && (!needs.tags || knows('tags'));
  const answers = new Map(
    Object.entries(fieldsOf(Accounts)).map(([id, saved]) => [id, answerIn(path, id, saved)] as const),
  );
  return {
    lookUp: async (accountIds) =>
      new Map(
        accountIds.map((id) => [
          id,
          (isEnough ? answers.get(id) : undefined) ?? { unread: { reason: UNKNOWN, retry: false } },
        ]),
      ),
  };
}
