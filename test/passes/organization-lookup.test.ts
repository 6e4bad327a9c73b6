import fc from 'fast-check';
import { createOrganizationLookup, readOrganization } from '../../lib/passes/organization.ts';
import { accountsAsked, asksOrganization } from '../../lib/policy/organization.ts';
import type { OrganizationFacts, OrganizationReader } from '../../lib/ports/organization.ts';
import { inventory, OWN, PEER, peering, policyOf, STRANGER, vpc } from '../support/fixtures.ts';

const UNIT = 'ou-ab12-cdef3456';
const FACTS: OrganizationFacts = { organizationalUnits: [UNIT, 'r-ab12'], accountTags: {} };
const SECOND = 1000;

const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const ofAccount = (accountId: string) => vpc('vpc-22222222', ['10.2.0.0/16'], { accountId });

function byUnit(remote: Record<string, unknown> = {}, effect = 'accept') {
  return policyOf({
    rules: [{ name: 'members', effect, remote: { organizationalUnits: [UNIT], ...remote } }],
  });
}

function withPeers(...accountIds: string[]) {
  return inventory({
    vpcs: [local],
    peerings: accountIds.map((accountId, index) =>
      peering(`pcx-${index}`, ofAccount(accountId), local, { status: 'pending-acceptance' }),
    ),
    tables: [],
  });
}

function refused(name: string): Error {
  return Object.assign(new Error(`${name} was answered`), { name });
}

/** Counts reads, and fails while `error` is set. */
function memoryReader() {
  const state: { reads: string[]; atOnce: number; most: number; error: Error | undefined } = {
    reads: [],
    atOnce: 0,
    most: 0,
    error: undefined,
  };
  const reader: OrganizationReader = {
    async readAccount(accountId) {
      state.reads.push(accountId);
      state.atOnce += 1;
      state.most = Math.max(state.most, state.atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      state.atOnce -= 1;
      if (state.error !== undefined) {
        throw state.error;
      }
      return FACTS;
    },
  };
  const clock = { time: 0, now: () => clock.time };
  return { state, clock, lookup: createOrganizationLookup(reader, clock) };
}

function memoryJournal() {
  const errors: Readonly<Record<string, unknown>>[] = [];
  const metrics: string[] = [];
  return {
    errors,
    metrics,
    error: (_message: string, fields: Readonly<Record<string, unknown>>) => {
      errors.push(fields);
    },
    metric: (name: string) => {
      metrics.push(name);
    },
  };
}

describe('looking up accounts', () => {
  it('reads each account once while its answer is kept, and again after two minutes', async () => {
    const { state, clock, lookup } = memoryReader();
    await lookup.lookUp([PEER, PEER]);
    clock.time = 119 * SECOND;
    expect((await lookup.lookUp([PEER])).get(PEER)).toEqual({ facts: FACTS });
    expect(state.reads).toEqual([PEER]);
    clock.time = 120 * SECOND;
    await lookup.lookUp([PEER]);
    expect(state.reads).toEqual([PEER, PEER]);
  });

  it.each([
    ['AccessDeniedException', 30, false],
    ['TooManyRequestsException', 10, true],
    ['ServiceException', 10, true],
  ])('tries again soon after %s', async (name, seconds, retry) => {
    const { state, clock, lookup } = memoryReader();
    state.error = refused(name);
    const unread = { unread: { reason: `${name} was answered`, retry } };
    expect((await lookup.lookUp([PEER])).get(PEER)).toEqual(unread);
    state.error = undefined;
    clock.time = seconds * SECOND - 1;
    expect((await lookup.lookUp([PEER])).get(PEER)).toEqual(unread);
    clock.time = seconds * SECOND;
    expect((await lookup.lookUp([PEER])).get(PEER)).toEqual({ facts: FACTS });
  });

  it('shares one read between lookups that overlap', async () => {
    const { state, lookup } = memoryReader();
    await Promise.all([lookup.lookUp([PEER]), lookup.lookUp([PEER])]);
    expect(state.reads).toEqual([PEER]);
  });

  it('reads at most two accounts at once', async () => {
    const { state, lookup } = memoryReader();
    await lookup.lookUp(['1', '2', '3', '4', '5'].map((digit) => digit.repeat(12)));
    expect([state.reads.length, state.most]).toEqual([5, 2]);
  });
});

describe('which accounts are looked up', () => {
  it('none when no rule selects by organization', async () => {
    const { state, lookup } = memoryReader();
    expect(asksOrganization(policyOf())).toBe(false);
    await readOrganization([withPeers(PEER, STRANGER)], {
      policy: policyOf(),
      organization: lookup,
      journal: memoryJournal(),
    });
    expect(state.reads).toEqual([]);
  });

  it('only those that a rule which asks may be about', () => {
    const seen = [withPeers(PEER, STRANGER, OWN)];
    expect(accountsAsked(seen, byUnit())).toEqual([OWN, PEER, STRANGER]);
    expect(accountsAsked(seen, byUnit({ accounts: [PEER] }))).toEqual([PEER]);
    expect(accountsAsked(seen, byUnit({ accounts: ['self', '3*'] }))).toEqual([OWN, STRANGER]);
  });

  it('none for a peering that is dead', () => {
    const dead = inventory({
      vpcs: [local],
      peerings: [peering('pcx-1', ofAccount(PEER), local, { status: 'deleted' })],
      tables: [],
    });
    expect(accountsAsked([dead], byUnit())).toEqual([]);
  });

  it('each once, and none that no peering shows', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(PEER, STRANGER, OWN)), (accountIds) => {
        expect(accountsAsked([withPeers(...accountIds)], byUnit())).toEqual([...new Set(accountIds)].sort());
      }),
    );
  });
});

describe('what cannot be read', () => {
  it.each([
    ['AccessDeniedException', ['PermanentFailures'], []],
    ['TooManyRequestsException', [], [expect.objectContaining({ retry: true })]],
  ])('is unknown, and said once: %s', async (name, metrics, retryable) => {
    const { state, lookup } = memoryReader();
    state.error = refused(name);
    const journal = memoryJournal();
    const found = await readOrganization([withPeers(PEER, STRANGER)], {
      policy: byUnit(),
      organization: lookup,
      journal,
    });
    expect(found.facts.organizationOf?.(PEER)).toBeUndefined();
    expect(found.facts.organizationProblemOf?.(PEER)).toBe(`${name} was answered`);
    expect(journal.errors).toEqual([expect.objectContaining({ accounts: [PEER, STRANGER], count: 2 })]);
    expect(journal.metrics).toEqual(metrics);
    expect(found.retryable).toEqual(retryable);
  });

  it('is everything where nothing can ask', async () => {
    const found = await readOrganization([withPeers(PEER)], { policy: byUnit(), journal: memoryJournal() });
    expect(found.facts.organizationOf?.(PEER)).toBeUndefined();
    expect(found.facts.organizationProblemOf?.(PEER)).toBe('AWS Organizations was not asked');
  });
});
