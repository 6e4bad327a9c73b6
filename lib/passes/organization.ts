import type { RegionInventory } from '../model/inventory.ts';
import type { FactsOptions } from '../policy/facts.ts';
import { accountsAsked } from '../policy/organization.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type {
  OrganizationAnswer,
  OrganizationLookup,
  OrganizationReader,
  UnitLookup,
  UnitReader,
  UnreadAccount,
} from '../ports/organization.ts';
import { runLimited } from '../ports/run-limited.ts';
import { countPermanent, failureOf } from './failure.ts';

/**
 * Long enough that the events of one request share an answer, short enough that an account that was moved is judged
 * by its new place within one sweep.
 */
const KNOWN_MS = 2 * 60_000;
/** A role that was just corrected must not hold requests for long, nor a missing one be asked for at every event. */
const DENIED_MS = 30_000;
/** Shorter than Lambda waits before it tries again (a minute), so that the retry asks anew. */
const THROTTLED_MS = 10_000;
/** Organizations limits its calls for all callers of the organization together, so one stack asks for few at once. */
const LOOKUPS_AT_ONCE = 2;

/** Keeps answers in the process, and lets lookups of the same that overlap share one read. */
function createKeptLookup<Facts extends object>(
  readOne: (id: string) => Promise<Facts>,
  clock: { readonly now: () => number },
) {
  type Answer = Facts | { readonly unread: UnreadAccount };
  const known = new Map<string, { readonly answer: Answer; readonly until: number }>();
  const underWay = new Map<string, Promise<Answer>>();

  async function read(id: string): Promise<Answer> {
    let answer: Answer;
    let lifetime = KNOWN_MS;
    try {
      answer = await readOne(id);
    } catch (error) {
      const failure = failureOf(error);
      answer = { unread: failure };
      lifetime = failure.retry ? THROTTLED_MS : DENIED_MS;
    }
    known.set(id, { answer, until: clock.now() + lifetime });
    return answer;
  }

  function answerFor(id: string): Promise<Answer> {
    const kept = known.get(id);
    if (kept !== undefined && clock.now() < kept.until) {
      return Promise.resolve(kept.answer);
    }
    const running = underWay.get(id);
    if (running !== undefined) {
      return running;
    }
    const started = read(id).finally(() => underWay.delete(id));
    underWay.set(id, started);
    return started;
  }

  return {
    async lookUp(ids: readonly string[]): Promise<ReadonlyMap<string, Answer>> {
      const answers = new Map<string, Answer>();
      await runLimited([...new Set(ids)], LOOKUPS_AT_ONCE, async (id) => {
        answers.set(id, await answerFor(id));
      });
      return answers;
    },
  };
}

export function createOrganizationLookup(
  reader: OrganizationReader,
  clock: { readonly now: () => number },
): OrganizationLookup {
  return createKeptLookup(async (accountId) => ({ facts: await reader.readAccount(accountId) }), clock);
}

export function createUnitLookup(reader: UnitReader, clock: { readonly now: () => number }): UnitLookup {
  return createKeptLookup(async (unit) => ({ accounts: await reader.readAccountsIn(unit) }), clock);
}

/** What of the organization one pass decides with. */
export interface OrganizationOfPass {
  /** For createFacts and plan. */
  readonly facts: FactsOptions;
  readonly unread: ReadonlyMap<string, UnreadAccount>;
  /** Of those that could not be read: what may succeed when tried again. */
  readonly retryable: readonly { readonly reason: string; readonly retry: true }[];
}

/** Accounts that a log line names; more are counted. */
const SHOWN = 20;

/**
 * Looks up the accounts of a pass's inventories, if the policy asks for any. What cannot be read stays unknown, so that
 * decide holds; it is said once for each reason.
 *
 * @param organization left out: nothing can be read.
 */
export async function readOrganization(
  inventories: readonly RegionInventory[],
  {
    policy,
    organization,
    journal,
  }: {
    readonly policy: Policy;
    readonly organization?: OrganizationLookup;
    readonly journal: Pick<Journal, 'error' | 'metric'>;
  },
): Promise<OrganizationOfPass> {
  const asked = accountsAsked(inventories, policy);
  const answers =
    asked.length === 0 || organization === undefined
      ? new Map<string, OrganizationAnswer>()
      : await organization.lookUp(asked);
  const unread = new Map(
    [...answers].flatMap(([accountId, answer]): [string, UnreadAccount][] =>
      'unread' in answer ? [[accountId, answer.unread]] : [],
    ),
  );

  const byReason = new Map<string, { readonly accounts: string[]; readonly retry: boolean }>();
  for (const [accountId, { reason, retry }] of unread) {
    const same = byReason.get(reason) ?? { accounts: [], retry };
    same.accounts.push(accountId);
    byReason.set(reason, same);
  }
  for (const [reason, { accounts, retry }] of byReason) {
    journal.error('organization not read', {
      accounts: accounts.sort().slice(0, SHOWN),
      count: accounts.length,
      reason,
      retry,
    });
  }
  countPermanent(journal, [...byReason.values()]);
  return {
    facts: {
      organizationOf(accountId) {
        const answer = answers.get(accountId);
        return answer !== undefined && 'facts' in answer ? answer.facts : undefined;
      },
      organizationProblemOf: (accountId) =>
        unread.get(accountId)?.reason ??
        (organization === undefined ? 'AWS Organizations was not asked' : undefined),
    },
    unread,
    retryable: [...byReason].flatMap(([reason, { retry }]) => (retry ? [{ reason, retry }] : [])),
  };
}
