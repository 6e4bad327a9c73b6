import fc from 'fast-check';
import { otherStackChecks } from '../../cli/doctor/other-stacks.ts';
import {
  clashesOf,
  type OtherStack,
  type RouteWriting,
  routeWritingOf,
} from '../../cli/release/route-writing.ts';
import { templateFrom } from '../../cli/release/template.ts';
import { FUNCTIONS } from '../../lib/model/function-names.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import { stackTemplate } from '../../resources/stack-template.ts';
import { VARIANTS } from '../support/packaged.ts';

/** Two stacks of the product in one account. */

const HOME = 'eu-central-1';
const OWN: RouteWriting = { tagPrefix: 'peering-autopilot', regions: ['eu-central-1', 'eu-west-1'] };

describe('what a stack may write', () => {
  it.each(Object.entries(VARIANTS))('is read from its template: %s', (_, parts) => {
    const { policy } = parsePolicy(JSON.stringify({ version: 1, ...parts }), 'policy.yml');
    const template = stackTemplate({
      context: { policy, stage: 'prod' },
      codeKeys: new Map(FUNCTIONS.map((name) => [name, `${name}.zip`])),
      bucket: { kind: 'own' },
    });
    // What `serverless deploy` makes says nothing of the policy besides.
    const { Metadata: _metadata, ...asTheFramework } = template;
    expect(routeWritingOf(templateFrom(JSON.stringify(asTheFramework)), HOME)).toEqual(
      policy.mode === 'observe'
        ? 'none'
        : { tagPrefix: policy.tagPrefix, regions: policy.regions.length === 0 ? [HOME] : policy.regions },
    );
  });

  it('is nothing where the template is of somebody else', () => {
    for (const text of [
      '',
      '{}',
      '{"Resources":{"R":{"Type":"AWS::IAM::Role","Properties":{"Policies":"x"}}}}',
    ]) {
      expect(routeWritingOf(templateFrom(text), HOME)).toBe('none');
    }
  });
});

const other = (writing: OtherStack['writing']): OtherStack => ({
  name: 'vpc-peering-autopilot-test',
  region: 'eu-west-1',
  writing,
});

describe('two stacks', () => {
  it.each([
    ['of the same tag and Region', { ...OWN, regions: ['eu-west-1', 'us-east-1'] }, ['eu-west-1']],
    ['of the same tag in other Regions', { ...OWN, regions: ['us-east-1'] }, undefined],
    ['of another tag', { ...OWN, tagPrefix: 'net' }, undefined],
    ['of which one observes', 'none', undefined],
    ['of which one cannot be read', 'unknown', undefined],
  ] as const)('%s', (_, writing, regions) => {
    expect(clashesOf(OWN, [other(writing)])).toEqual(
      regions === undefined
        ? []
        : [{ name: 'vpc-peering-autopilot-test', region: 'eu-west-1', tagPrefix: OWN.tagPrefix, regions }],
    );
  });

  it('see each other, or neither sees the other', () => {
    const regions = fc.subarray(['a', 'b', 'c'], { minLength: 1 });
    const writing = fc.record({ tagPrefix: fc.constantFrom('x', 'y'), regions });
    fc.assert(
      fc.property(writing, writing, (a, b) => {
        const seen = (own: RouteWriting, of: RouteWriting) =>
          clashesOf(own, [other(of)]).flatMap((clash) => [...clash.regions].sort());
        expect(seen(a, b)).toEqual(seen(b, a));
      }),
    );
  });
});

describe('doctor', () => {
  const checks = (...others: readonly OtherStack[]) => otherStackChecks(HOME, OWN, others);

  it('fails for a stack that writes the same tables, with its name, the Regions and what to do', () => {
    expect(checks(other(OWN), other('none'))).toEqual([
      {
        area: 'other stacks',
        region: HOME,
        result: 'fail',
        says: 'The stack vpc-peering-autopilot-test in eu-west-1 writes routes into tables tagged peering-autopilot:routes, too, in eu-central-1, eu-west-1: what the one wants, the other may take away.',
        remedy: expect.stringMatching(/mode: observe.*tagPrefix.*remove it; routes stay/),
      },
    ]);
  });

  it('warns of one that it cannot read, and passes only what it has seen', () => {
    expect(checks(other('unknown'))).toEqual([
      expect.objectContaining({
        result: 'warn',
        region: 'eu-west-1',
        says: expect.stringContaining('is not known'),
      }),
    ]);
    expect(checks(other('none'))).toEqual([expect.objectContaining({ result: 'pass' })]);
    expect(checks()).toEqual([expect.objectContaining({ result: 'pass' })]);
  });
});
