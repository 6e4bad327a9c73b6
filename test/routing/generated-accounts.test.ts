import fc from 'fast-check';
import { type Scenario, scenarioArbitrary } from '../support/arbitraries.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { planOf, registryWith } from '../support/plan-of.ts';

describe('the generated accounts', () => {
  it('hold every action and every kind of finding, so that the properties mean something', () => {
    const seen = new Set<string>();
    for (const { account, policy, own } of fc.sample(scenarioArbitrary, {
      numRuns: 3000,
      seed: 1,
    }) as Scenario[]) {
      const { changes, findings, pending, learned, notJudged } = planOf(
        createMemoryEc2(account).inventory(),
        policy,
        { memory: registryWith(own) },
      );
      for (const { action, heldBy, mends } of changes) seen.add([action, mends, heldBy].join(' ').trim());
      for (const { kind, repairable } of findings) seen.add(`${kind} ${repairable}`);
      for (const { kind } of learned) seen.add(`learn ${kind}`);
      if (pending.length > 0) seen.add('pending');
      if (notJudged.length > 0) seen.add('not judged');
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        ...['create', 'create missing', 'create  acceptance', 'replace stale', 'replace wrong-target'],
        ...['delete', 'delete stale', 'pending', 'not judged', 'learn own', 'learn not-own'],
        ...['missing true', 'wrong-target true', 'stale true', 'stale false', 'unexpected false'],
        ...['shadowed false', 'conflict false', 'over-limit false', 'untagged false', 'one-sided false'],
        'active-but-not-allowed false',
      ]),
    );
  });
});
