import {
  awsReason,
  type CallFailed,
  callFailedNotification,
  readsRefusedNotification,
} from '../../lib/messages/call-failed.ts';
import { decide } from '../../lib/policy/decide.ts';
import { OWN, PEER, peering, policyOf, REGION, vpc } from '../support/fixtures.ts';

const DENIED =
  'You are not authorized to perform this operation. User: arn:aws:sts::111111111111:assumed-role/sync/sync is not ' +
  'authorized to perform: ec2:CreateRoute on resource: arn:aws:ec2:us-east-1:111111111111:route-table/rtb-1 ';
const failed: CallFailed = {
  routeTableId: 'rtb-1',
  peeringId: 'pcx-1',
  destination: '10.64.0.0/16',
  region: REGION,
  accountId: OWN,
  call: 'CreateRoute',
  code: 'UnauthorizedOperation',
  message: `${DENIED}with an explicit deny in a service control policy. Encoded authorization failure message: AbC-${'x'.repeat(900)}`,
  nameOf: (id) => (id === 'rtb-1' ? 'private-a' : undefined),
};

describe('the message about a call that fails for good', () => {
  it('names the peering as people do', () => {
    const nameOf = (id: string) => (id === 'pcx-1' ? 'core-to-peer' : undefined);
    expect(callFailedNotification({ ...failed, nameOf }).message).toContain(
      ', peering pcx-1 (core-to-peer), in ',
    );
  });

  it('names the table, the call, the reason of AWS and what to do, and that it is tried again', () => {
    const { subject, message } = callFailedNotification(failed);
    expect(subject).toBe(`AWS refuses CreateRoute for rtb-1 in ${OWN} (${REGION})`);
    expect(message.split('\n')).toEqual([
      `AWS refuses CreateRoute. It concerns route table rtb-1 (private-a), destination 10.64.0.0/16, peering pcx-1, in account ${OWN}, ${REGION}.`,
      'The route is not written.',
      '',
      `AWS says: UnauthorizedOperation: ${DENIED}with an explicit deny in a service control policy. (an encoded part is left out)`,
      '',
      'A service control policy (SCP) of the organization forbids it.',
      "No permission inside this account helps. Ask whoever keeps the organization's policies to except the role that AWS names above.",
      'The product tries again at each sweep.',
      '',
      'Look closer:',
      `  aws ec2 describe-route-tables --route-table-ids rtb-1 --region ${REGION}`,
      '',
    ]);
  });

  it.each([
    [
      'UnauthorizedOperation',
      `${DENIED}because no permissions boundary allows the ec2:CreateRoute action`,
      'The permissions boundary of the role',
    ],
    [
      'AccessDeniedException',
      `${DENIED}with an explicit deny in a resource control policy`,
      'A resource control policy (RCP)',
    ],
    [
      'UnauthorizedOperation',
      `${DENIED}because no VPC endpoint policy allows the action`,
      'The policy of a VPC endpoint',
    ],
    [
      'UnauthorizedOperation',
      `${DENIED}because no session policy allows the action`,
      'The policy of the session',
    ],
    [
      'UnauthorizedOperation',
      `${DENIED}with an explicit deny in an identity-based policy`,
      'A policy on the role forbids it explicitly',
    ],
    [
      'UnauthorizedOperation',
      `${DENIED}because no identity-based policy allows the action`,
      'No policy of the role allows it',
    ],
    [
      'AccessDeniedException',
      `${DENIED}with an explicit deny in a resource-based policy`,
      'The policy of the resource that AWS names above',
    ],
    [
      'UnauthorizedOperation',
      `${DENIED}with an explicit deny in a permissions boundary`,
      'The permissions boundary of the role',
    ],
    ['Odd', 'You are not authorized to perform this operation.', 'A permission is missing'],
    ['RouteLimitExceeded', 'full', 'set guardrails.routesPerTable'],
    ['VpcPeeringConnectionsPerVpcLimitExceeded', 'full', 'set guardrails.peeringsPerVpc'],
    ['OutstandingVpcPeeringConnectionLimitExceeded', 'full', 'Look in Service Quotas'],
    ['InvalidRouteTableID.NotFound', 'no such', 'AWS does not find the resource.'],
    ['IncorrectState', 'not now', 'in a state that does not allow the call'],
    ['InvalidParameterValue', 'odd', 'does not take the call as it was made'],
    ['Whatever', '', 'not known to the product'],
    ['RequestLimitExceeded', 'slow', 'takes no more calls'],
    ['InternalError', 'oops', 'AWS could not answer'],
  ])('tells %s apart by what AWS says', (code, message, words) => {
    expect(callFailedNotification({ ...failed, code, message }).message).toContain(words);
  });

  const ofFunction = DENIED.replace('assumed-role/sync/sync', 'assumed-role/Sync-ROLE1/prod-sync-routes');

  it('names the role and how a Deny is found and taken away, where one is on the role', () => {
    const message = `${ofFunction}with an explicit deny in an identity-based policy`;
    const { message: text } = callFailedNotification({ ...failed, message });
    expect(text).toContain("the product's own is called sync-routes");
    expect(text).toContain('aws iam list-role-policies --role-name Sync-ROLE1');
    expect(text).toContain('aws iam delete-role-policy --role-name Sync-ROLE1 --policy-name POLICY');
    expect(text).toContain('Deploying the same stack again puts back nothing');
  });

  it('names the policy of the role that was changed, and what puts it back', () => {
    const message = `${ofFunction}because no identity-based policy allows the ec2:CreateRoute action`;
    const { message: text } = callFailedNotification({ ...failed, message });
    expect(text).toContain('aws iam put-role-policy --role-name Sync-ROLE1 --policy-name sync-routes');
    expect(text).toMatch(/\n {2}peering remove\n {2}peering deploy\n/);
    expect(text).toContain('Deploying the same stack again puts back nothing');
  });

  it.each([
    'with an explicit deny in an identity-based policy',
    'because no identity-based policy allows the action',
    'for a reason that AWS does not say',
    'with an explicit deny in a permissions boundary',
  ])('never says that deploying alone helps: %s', (why) => {
    const { message } = callFailedNotification({ ...failed, message: `${ofFunction}${why}` });
    expect(message).not.toMatch(/deploy the stack again/i);
  });

  it.each([
    ['accept', 'AcceptVpcPeeringConnection', 'The product has not accepted the request.'],
    ['reject', 'RejectVpcPeeringConnection', 'The product has not rejected the request.'],
  ])('about a request says what the policy decided and that it was not done: %s', (effect, call, words) => {
    const [requester, accepter] = [
      vpc('vpc-2', ['10.2.0.0/16'], { accountId: PEER }),
      vpc('vpc-1', ['10.1.0.0/16']),
    ];
    const request = peering('pcx-1', requester, accepter, { status: 'pending-acceptance' });
    const policy = policyOf({ rules: [{ name: 'peers', effect, remote: { accounts: [PEER] } }] });
    const decision = decide(
      {
        peering: request,
        region: REGION,
        direction: 'inbound',
        local: request.accepter,
        remote: request.requester,
      },
      policy,
      { accountId: OWN, activePeerings: 0, localCidrs: ['10.1.0.0/16'], obstacles: () => [] },
    );
    const { routeTableId: _, destination: __, ...about } = failed;
    const { subject, message } = callFailedNotification({ ...about, call, decision });
    expect(subject).toBe(`AWS refuses ${call} for pcx-1 in ${OWN} (${REGION})`);
    expect(message).toContain(words);
    expect(message).toContain(`The policy's decision about the request is: ${effect} (rule peers).`);
    expect(message).not.toMatch(/(was|is|been) (accepted|rejected)/);
    expect(message).toContain('describe-vpc-peering-connections');
  });

  it('does without a resource, for calls that it does not know', () => {
    const { routeTableId: _, destination: __, peeringId: ___, ...about } = failed;
    const { subject, message } = callFailedNotification({ ...about, call: 'PutSomething' });
    expect(subject).toBe(`AWS refuses PutSomething in ${OWN} (${REGION})`);
    expect(message).toContain('It concerns no resource in particular');
    expect(message).toContain('What the call was to do is not done.');
    expect(message).not.toContain('Look closer');
  });

  it('has a word for a reason that is none', () => {
    expect(awsReason('  ')).toBe('nothing');
  });
});

describe('the message about reads of a Region that AWS refuses', () => {
  const refused = {
    calls: ['DescribeRouteTables'],
    code: 'UnauthorizedOperation',
    awsMessage:
      'User: sync is not authorized to perform: ec2:DescribeRouteTables with an explicit deny in a service control policy',
    region: 'eu-west-1',
    accountId: OWN,
  };

  it('says the call, the Region, what is not looked at, why, and what to do', () => {
    const { subject, message, severity, alarm } = readsRefusedNotification(refused);
    expect(subject).toBe(`AWS refuses DescribeRouteTables in ${OWN} (eu-west-1)`);
    expect({ severity, alarm }).toEqual({ severity: 'action', alarm: 'PermanentFailures' });
    expect(message.split('\n')).toEqual([
      `AWS refuses DescribeRouteTables in account ${OWN}, eu-west-1.`,
      'So nothing in eu-west-1 is looked at: no route there is made, mended or removed, and no drift there is found. No request there is answered either, where accept-requests is refused the same.',
      'Peerings with other Regions may be routed at their other side only; new ones that have a side in eu-west-1 are held. What is in place stays as it is.',
      '',
      `AWS says: UnauthorizedOperation: ${refused.awsMessage}`,
      '',
      'A service control policy (SCP) of the organization forbids it.',
      "No permission inside this account helps. Ask whoever keeps the organization's policies to except the role that AWS names above.",
      'The product tries again at each sweep. Once it may read, it makes up for all of this by itself.',
      '',
    ]);
  });

  it('names several calls in its text, and their number in its subject', () => {
    const calls = ['DescribeRouteTables', 'DescribeVpcPeeringConnections', 'DescribeVpcs'];
    const { subject, message } = readsRefusedNotification({ ...refused, calls });
    expect(subject).toBe(`AWS refuses 3 reads in ${OWN} (eu-west-1)`);
    expect(message).toContain(`AWS refuses ${calls.join(', ')} in account`);
  });
});
