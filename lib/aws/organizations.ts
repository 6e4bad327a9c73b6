import {
  ListParentsCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { classifyAwsError } from '../model/aws-error.ts';
import type { OrganizationFacts, OrganizationReader, UnitReader } from '../ports/organization.ts';
import { assumedRole } from './assumed-role.ts';
import { type CredentialProvider, createClient } from './clients.ts';
import { accountsUnder } from './organization-accounts.ts';
import { allPages } from './pages.ts';

/** A root holds units nested at most five deep (Organizations user guide, "Quotas"): six steps up from an account. */
const MAX_STEPS = 6;

/** A reading that failed, with what to look at. The SDK's own error is the `cause`, its code is kept. */
class OrganizationReadError extends Error {
  override readonly name = 'OrganizationReadError';
  readonly code: string;

  constructor(what: string, cause: unknown) {
    const { code, message } = classifyAwsError(cause);
    super(`${what} failed: ${code}: ${message}`, { cause });
    this.code = code;
  }
}

function readerRole(roleArn: string, region: string): CredentialProvider {
  const assume = assumedRole(roleArn, region);
  return async () => {
    try {
      return await assume();
    } catch (error) {
      throw new OrganizationReadError(`AssumeRole of ${roleArn}`, error);
    }
  };
}

export interface OrganizationReaderOptions {
  /** In the management account or a delegated administrator's. Left out: the function's own credentials are used. */
  readonly role?: string;
  /** Any Region of the partition: the SDK finds the one endpoint that Organizations has there. */
  readonly region: string;
  readonly needs: { readonly units: boolean; readonly tags: boolean };
}

function readerClient({ role, region }: Pick<OrganizationReaderOptions, 'role' | 'region'>) {
  const client = createClient(OrganizationsClient, {
    region,
    ...(role === undefined ? {} : { credentials: readerRole(role, region) }),
  });
  const reader = role === undefined ? 'the own role' : role;

  async function attempt<Answer>(call: string, read: () => Promise<Answer>): Promise<Answer> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof OrganizationReadError || classifyAwsError(error).kind === 'not-found') {
        throw error;
      }
      throw new OrganizationReadError(`Organizations ${call} by ${reader}`, error);
    }
  }

  return { client, attempt };
}

/** Reads which accounts are in a unit. */
export function createUnitReader(options: Pick<OrganizationReaderOptions, 'role' | 'region'>): UnitReader {
  const { client, attempt } = readerClient(options);
  return {
    async readAccountsIn(unit) {
      // A unit that is not there may be one that is mistyped: that it has no accounts is not known. So it counts as not read.
      const accounts = await attempt(`ListAccountsForParent of ${unit}`, () => accountsUnder(client, unit));
      return accounts.map(({ accountId, state }) => ({ accountId, state }));
    },
  };
}

/** Reads what the policy needs of an account, and nothing else. */
export function createOrganizationReader({
  needs,
  ...options
}: OrganizationReaderOptions): OrganizationReader {
  const { client, attempt } = readerClient(options);

  /** Nearest first, the root last. */
  async function unitsAbove(accountId: string): Promise<string[]> {
    const units: string[] = [];
    let child = accountId;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const parents = await attempt('ListParents', () =>
        allPages(async (NextToken) => {
          const answer = await client.send(new ListParentsCommand({ ChildId: child, NextToken }));
          return { items: answer.Parents ?? [], nextToken: answer.NextToken };
        }),
      );
      const [parent] = parents;
      if (parent?.Id === undefined || units.includes(parent.Id)) {
        throw new Error(
          `Organizations shows no way from account ${accountId} to the root: ${child} ends it.`,
        );
      }
      units.push(parent.Id);
      if (parent.Type === 'ROOT') {
        return units;
      }
      child = parent.Id;
    }
    throw new Error(
      `Account ${accountId} is more than ${MAX_STEPS} steps below the root, which Organizations does not allow.`,
    );
  }

  async function tagsOf(accountId: string): Promise<Record<string, string>> {
    const tags = await attempt('ListTagsForResource', () =>
      allPages(async (NextToken) => {
        const answer = await client.send(
          new ListTagsForResourceCommand({ ResourceId: accountId, NextToken }),
        );
        return { items: answer.Tags ?? [], nextToken: answer.NextToken };
      }),
    );
    return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  }

  return {
    async readAccount(accountId): Promise<OrganizationFacts> {
      try {
        const organizationalUnits = needs.units ? await unitsAbove(accountId) : [];
        const accountTags = needs.tags ? await tagsOf(accountId) : {};
        return { organizationalUnits, accountTags };
      } catch (error) {
        if (classifyAwsError(error).kind === 'not-found') {
          return { organizationalUnits: [], accountTags: {} };
        }
        throw error;
      }
    },
  };
}
