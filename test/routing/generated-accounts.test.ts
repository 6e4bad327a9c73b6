import fc from 'fast-check';
import { type Scenario, scenarioArbitrary } from '../support/arbitraries.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { planOf, registryWith } from '../support/plan-of.ts';

/** What the properties have to meet. */
const WANTED = [
  ...['create', 'create missing', 'create  acceptance', 'replace stale', 'replace wrong-target'],
  ...['delete', 'delete stale', 'pending', 'not judged', 'learn own', 'learn not-own'],
  ...['missing true', 'wrong-target true', 'stale true', 'stale false', 'unexpected false'],
  ...['shadowed false', 'conflict false', 'over-limit false', 'untagged false', 'one-sided false'],
  'active-but-not-allowed false',
];

function kindsIn({ account, policy, own }: Scenario): string[] {
  const { changes, findings, pending, learned, notJudged } = planOf(
    createMemoryEc2(account).inventory(),
    policy,
    { memory: registryWith(own) },
  );
  return [
    ...changes.map(({ action, heldBy, mends }) => [action, mends, heldBy].join(' ').trim()),
    ...findings.map(({ kind, repairable }) => `${kind} ${repairable}`),
    ...learned.map(({ kind }) => `learn ${kind}`),
    ...(pending.length > 0 ? ['pending'] : []),
    ...(notJudged.length > 0 ? ['not judged'] : []),
  ];
}

describe('the generated accounts', () => {
  it('hold every action and every kind of finding, so that the properties mean something', () => {
    const missing = new Set(WANTED);
    // Of 3,000 at most: 500 are enough today.
    for (let seed = 1; seed <= 60 && missing.size > 0; seed += 1) {
      for (const scenario of fc.sample(scenarioArbitrary, { numRuns: 50, seed })) {
        for (const kind of kindsIn(scenario)) missing.delete(kind);
      }
    }
    expect([...missing]).toEqual([]);
  });
});
