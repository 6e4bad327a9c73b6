import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OrganizationAnswer, OrganizationLookup } from '../../lib/ports/organization.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { readJson } from '../read-json.ts';
import { fieldsOf } from './saved-files.ts';

/**
 * What AWS Organizations said of the accounts at the other ends when the snapshot was made, in `Organization.json` beside the
 * accounts: `{"Knows": ["units"], "Accounts": {"111122223333": {"OrganizationalUnits": ["ou-…"], "Tags": {}}}}`. What could not
 * be read stands there as `{"NotRead": "reason"}`.
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

/** @param needs what the policies ask for, and so what was read. */
export function writeOrganization(
  directory: string,
  answers: ReadonlyMap<string, OrganizationAnswer>,
  needs: OrganizationNeeds,
): void {
  const Knows = [...(needs.units ? ['units'] : []), ...(needs.tags ? ['tags'] : [])];
  const Accounts = Object.fromEntries(
    [...answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, answer]) => [id, savedOf(answer)]),
  );
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, FILE), `${JSON.stringify({ Knows, Accounts }, undefined, 2)}\n`);
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
