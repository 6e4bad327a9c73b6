import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readNetwork } from '../existing/shapes.ts';
import { judge } from './judged.ts';

/** Networks that people have, each with what a user of it would want (test/existing/cases). */

interface Expected {
  readonly why: string;
  readonly plan: {
    readonly changes: readonly object[];
    readonly decisions: Readonly<Record<string, string>>;
    readonly findings: readonly Readonly<Record<string, string>>[];
    readonly absentFindings: readonly Readonly<Record<string, string> | string>[];
  };
}

const CASES = join(__dirname, '../existing/cases');

describe.each(readdirSync(CASES))('the network %s', (name) => {
  const folder = join(CASES, name);
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
  const { assessments } = judge(
    readNetwork(join(folder, 'snapshot')),
    parse(readFileSync(join(folder, 'policy.yml'), 'utf8')),
  );

  it('gets just these changes', () => {
    const changes = assessments
      .flatMap((each) => each.changes)
      // What follows once a request is accepted.
      .filter(({ heldBy }) => heldBy !== 'acceptance')
      .map(({ action, routeTableId, destination, peeringId }) => ({
        action,
        routeTableId,
        destination,
        peeringId,
      }));
    expect(changes).toHaveLength(expected.plan.changes.length);
    expect(changes).toEqual(expect.arrayContaining([...expected.plan.changes]));
  });

  it('gets these answers to its requests', () => {
    const decisions = Object.fromEntries(
      assessments.flatMap(({ requests }) =>
        requests.map(({ peering, decision }) => [peering.peeringId, decision.decision]),
      ),
    );
    expect(decisions).toMatchObject(expected.plan.decisions);
  });

  it('is told of what differs, and of nothing that does not', () => {
    const findings = assessments.flatMap((each) => each.findings);
    for (const finding of expected.plan.findings) {
      expect(findings).toContainEqual(expect.objectContaining(finding));
    }
    for (const absent of expected.plan.absentFindings) {
      expect(findings).not.toContainEqual(
        expect.objectContaining(typeof absent === 'string' ? { kind: absent } : absent),
      );
    }
  });
});
