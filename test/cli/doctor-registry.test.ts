import { recoveryChecks, tableCheck } from '../../cli/doctor/registry.ts';

/** What doctor says of the table in which the stack remembers. */

const REGION = 'us-east-1';
const NAME = 'vpc-peering-autopilot-prod';

it.each(['ACTIVE', 'UPDATING'])('passes a table that is %s', (status) => {
  expect(tableCheck(REGION, NAME, status)).toMatchObject({
    area: 'registry',
    region: REGION,
    result: 'pass',
  });
});

it.each([
  ['gone', undefined],
  ['about to be', 'DELETING'],
])(
  'fails where the table is %s: what does not work any more, the way back, and what is lost by it',
  (_, status) => {
    const check = tableCheck(REGION, NAME, status);
    expect(check).toMatchObject({ area: 'registry', result: 'fail' });
    expect(check.says).toContain(`${NAME} is ${status === undefined ? 'gone' : 'being deleted'}`);
    expect(check.says).toContain('nothing is accepted, routed or repaired');
    expect(check.remedy).toMatch(/^peering remove, then peering deploy: .*Peerings and routes stay/);
    expect(check.remedy).toContain('adopts');
    expect(check.remedy).toContain('history is lost');
    expect(check.remedy).toContain('docs/runbooks/EventsUnhandled.md');
  },
);

it('fails where the table cannot be read for another reason, with the word that AWS has for it', () => {
  expect(tableCheck(REGION, NAME, 'INACCESSIBLE_ENCRYPTION_CREDENTIALS')).toMatchObject({
    result: 'fail',
    says: expect.stringContaining('INACCESSIBLE_ENCRYPTION_CREDENTIALS'),
    remedy: expect.stringContaining(`aws dynamodb describe-table --region ${REGION} --table-name ${NAME}`),
  });
});

it('warns where nothing would bring the table back, with the command', () => {
  expect(recoveryChecks(REGION, NAME, 'ENABLED')).toEqual([]);
  expect(recoveryChecks(REGION, NAME, 'DISABLED')).toEqual([
    expect.objectContaining({
      result: 'warn',
      says: expect.stringContaining('point-in-time recovery'),
      remedy: expect.stringContaining(`update-continuous-backups --region ${REGION} --table-name ${NAME}`),
    }),
  ]);
});
