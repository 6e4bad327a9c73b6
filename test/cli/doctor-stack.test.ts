import { stackChecks } from '../../cli/doctor/deployment.ts';
import type { StackState } from '../../cli/release/stacks.ts';

/** What doctor says of the stack itself. */

const NAME = 'vpc-peering-autopilot-prod';
const REGION = 'eu-west-1';
const WHOLE = ['ServerlessDeploymentBucket', 'SweepLambdaFunction', 'Registry'];

function seen(status: string | undefined, logicalIds = WHOLE, deployed = '1.2.3') {
  const state: StackState | undefined =
    status === undefined
      ? undefined
      : { id: 'arn', status, reason: undefined, outputs: new Map([['Version', deployed]]) };
  return stackChecks({ name: NAME, region: REGION, state, logicalIds, version: '1.2.3' });
}

it.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE'])(
  'passes one that is whole and %s',
  (status) => {
    expect(seen(status)).toEqual([
      { area: 'stack', region: REGION, result: 'pass', says: `${NAME} is deployed.`, remedy: null },
    ]);
  },
);

it.each([
  ['not there', undefined, WHOLE, 'is not there', 'peering deploy'],
  ['deleted', 'DELETE_COMPLETE', WHOLE, 'is not there', 'peering deploy'],
  ['not removed to the end', 'DELETE_FAILED', WHOLE, 'is DELETE_FAILED', 'peering remove'],
  ['prepared alone', 'REVIEW_IN_PROGRESS', [], 'only prepared', 'delete-stack'],
  ['not made', 'ROLLBACK_COMPLETE', [], 'is ROLLBACK_COMPLETE', 'peering remove'],
  [
    'stuck on its way back',
    'UPDATE_ROLLBACK_FAILED',
    WHOLE,
    'is UPDATE_ROLLBACK_FAILED',
    'continue-update-rollback',
  ],
  [
    'interrupted after its bucket',
    'CREATE_COMPLETE',
    ['ServerlessDeploymentBucket'],
    'bucket alone',
    'peering deploy',
  ],
  ['empty', 'UPDATE_COMPLETE', [], 'nothing in it', 'peering deploy'],
  ["somebody else's", 'CREATE_COMPLETE', ['Queue'], 'not of this product', '--stage'],
])('fails one that is %s, and says what to do', (_, status, logicalIds, says, remedy) => {
  expect(seen(status, logicalIds)).toEqual([
    expect.objectContaining({
      result: 'fail',
      says: expect.stringContaining(says),
      remedy: expect.stringContaining(remedy),
    }),
  ]);
});

it.each([
  ["somebody else's", 'CREATE_COMPLETE', ['Queue'], true],
  ['half removed', 'DELETE_FAILED', ['Registry'], true],
  ['of the product', 'UPDATE_ROLLBACK_COMPLETE', WHOLE, false],
  ['prepared alone', 'REVIEW_IN_PROGRESS', [], false],
])('says of one that is %s whether what depends on it was looked at', (_, status, logicalIds, isLeftOut) => {
  const [check] = seen(status, logicalIds);
  expect(check?.says.endsWith('is not looked at.')).toBe(isLeftOut);
});

it.each([
  ['under way', 'UPDATE_IN_PROGRESS', 'Something is under way'],
  ['rolled back', 'UPDATE_ROLLBACK_COMPLETE', 'The last deployment'],
])('warns of one that is %s', (_, status, says) => {
  expect(seen(status)).toEqual([
    expect.objectContaining({ result: 'warn', says: expect.stringContaining(says) }),
  ]);
});

it('warns of a stack of another version than the command, whichever is the newer one', () => {
  for (const deployed of ['1.2.2', '2.0.0']) {
    expect(seen('UPDATE_COMPLETE', WHOLE, deployed)).toEqual([
      expect.objectContaining({ result: 'pass' }),
      expect.objectContaining({
        result: 'warn',
        says: `${NAME} was deployed by version ${deployed}; this command is 1.2.3.`,
      }),
    ]);
  }
});
