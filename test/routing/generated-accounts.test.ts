import fc from 'fast-check';
import { type Scenario, scenarioArbitrary } from '../support/arbitraries.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { planOf } from '../support/plan-of.ts';

describe('the generated accounts', () => {
  it('hold every action and every kind of finding, so that the properties mean something', () => {
    const seen = new Set<string>();
    for (const { account, policy } of fc.sample(scenarioArbitrary, {
      numRuns: 3000,
      seed: 1,
    }) as Scenario[]) {
      const { changes, findings, pending } = planOf(createMemoryEc2(account).inventory(), policy);
      for (const { action } of changes) seen.add(action);
      for (const { kind, repairable } of findings) seen.add(`${kind} ${repairable}`);
      if (pending.length > 0) seen.add('pending');
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        ...[
          'create',
          'replace',
          'delete',
          'pending',
          'missing true',
          'wrong-target true',
          'stale true',
          'stale false',
        ],
        ...['unexpected true', 'unexpected false', 'shadowed false', 'conflict false', 'over-limit false'],
        ...['untagged false', 'active-but-not-allowed false'],
      ]),
    );
  });
});
