import { ruleChecks } from '../../cli/doctor/rules.ts';

/** What doctor says of the stack's EventBridge rules. */

const REGION = 'us-east-1';

it('passes where all are on', () => {
  expect(ruleChecks(REGION, { all: 17, disabled: [], gone: [] })).toEqual([
    expect.objectContaining({ result: 'pass', says: 'All 17 rules of the stack are on.' }),
  ]);
});

it('names each that is disabled with the command that enables it, on the bus that has it', () => {
  const disabled = [{ name: 'sweep-1' }, { name: 'routes-2', bus: 'own' }];
  expect(
    ruleChecks(REGION, { all: 17, disabled, gone: [] }).map(({ says, remedy }) => [says, remedy]),
  ).toEqual([
    ['The rule sweep-1 is disabled.', 'aws events enable-rule --region us-east-1 --name sweep-1'],
    [
      'The rule routes-2 is disabled.',
      'aws events enable-rule --region us-east-1 --name routes-2 --event-bus-name own',
    ],
  ]);
});

it('does not promise that a deployment brings back one that is gone', () => {
  const [check] = ruleChecks(REGION, { all: 17, disabled: [], gone: ['sweep-1'] });
  expect(check).toMatchObject({ result: 'fail', says: 'The rule sweep-1 is gone.' });
  expect(check?.remedy).toContain('peering remove');
});

it('fails where the stack has no rule at all: all of none is not all', () => {
  expect(ruleChecks(REGION, { all: 0, disabled: [], gone: [] })).toEqual([
    expect.objectContaining({ result: 'fail', says: expect.stringContaining('no rules') }),
  ]);
});
