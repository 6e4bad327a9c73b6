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
