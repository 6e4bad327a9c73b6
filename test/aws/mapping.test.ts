import { routeTableFrom } from '../../lib/aws/mapping.ts';
import { isOptedIn, optInOf } from '../../lib/model/opt-in.ts';
import { unusedTableWarnings } from '../../lib/routing/opt-in-warnings.ts';
import { REGION } from '../support/fixtures.ts';

const shown = {
  RouteTableId: 'rtb-1',
  VpcId: 'vpc-1',
  Tags: [{ Key: 'peering-autopilot:routes', Value: '*' }],
};

function associated(State: string | undefined, to: Readonly<Record<string, unknown>>) {
  const state = State === undefined ? {} : { AssociationState: { State: State as 'associated' } };
  return routeTableFrom({ ...shown, Associations: [{ ...to, ...state }] }, REGION);
}

describe('an association of a route table', () => {
  it.each([undefined, 'associated', 'associating'])('counts while it is %s', (state) => {
    expect(associated(state, { SubnetId: 'subnet-1' }).associations).toEqual([
      { main: false, subnetId: 'subnet-1' },
    ]);
    expect(associated(state, { Main: true }).associations).toEqual([{ main: true }]);
    expect(isOptedIn(optInOf(associated(state, { GatewayId: 'igw-1' }), 'peering-autopilot'))).toBe(false);
  });

  it.each(['disassociating', 'disassociated', 'failed'])('is none while it is %s', (state) => {
    const table = associated(state, { SubnetId: 'subnet-1' });
    expect(table.associations).toEqual([]);
    expect(unusedTableWarnings(table, { tagPrefix: 'peering-autopilot' })).toEqual([
      expect.stringContaining('no subnet is associated with it'),
    ]);
    expect(associated(state, { Main: true }).associations).toEqual([]);
    expect(isOptedIn(optInOf(associated(state, { GatewayId: 'igw-1' }), 'peering-autopilot'))).toBe(true);
  });
});

describe('the target of a route', () => {
  const targetOf = (said: Readonly<Record<string, unknown>>) =>
    routeTableFrom(
      { ...shown, Routes: [{ DestinationCidrBlock: '10.2.0.0/16', Origin: 'CreateRoute', ...said }] },
      REGION,
    ).routes[0]?.target;

  it.each([
    ['OdbNetworkArn', 'arn:aws:odb:us-east-1:111111111111:odb-network/odbnet_1'],
    ['QuantumGatewayId', 'qgw-1'],
  ])('of a kind that is not known is told in the words of EC2: %s', (field, value) => {
    expect(targetOf({ State: 'active', [field]: value })).toEqual({
      kind: 'unknown',
      id: `${field} ${value}`,
    });
  });

  it('is said not to be named where it is not', () => {
    expect(targetOf({ State: 'blackhole', InstanceOwnerId: '111111111111' })).toEqual({
      kind: 'unknown',
      id: 'a target that EC2 does not name',
    });
  });

  it('is printable', () => {
    expect(targetOf({ OdbNetworkArn: 'a\u001b[2Jb' })?.id).not.toContain('\u001b');
  });
});

describe('an id of a saved answer', () => {
  it.each(['rtb-1;id', 'rtb-1$(id)', "rtb-1'", 'rtb-1`id`', 'rtb-1 && id', 'rtb-1\n|id'])(
    'has nothing that a shell would take apart, wherever a command with it is pasted: %j',
    (RouteTableId) => {
      const { routeTableId } = routeTableFrom({ RouteTableId, VpcId: 'vpc-1', Routes: [] }, 'us-east-1');
      expect(routeTableId).toMatch(/^rtb-1(?:\\u\{[0-9a-f]+\}|\w)+$/);
      expect(routeTableId).not.toMatch(/[;&|$()'"`<>\s]/);
    },
  );

  it('is what EC2 says, where it is an id', () => {
    const { routeTableId, vpcId } = routeTableFrom(
      { RouteTableId: 'rtb-0123456789abcdef0', VpcId: 'vpc-0123456789abcdef0', Routes: [] },
      'us-east-1',
    );
    expect([routeTableId, vpcId]).toEqual(['rtb-0123456789abcdef0', 'vpc-0123456789abcdef0']);
  });
});
