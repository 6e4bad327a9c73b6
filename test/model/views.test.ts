import { viewsOf } from '../../lib/model/views.ts';
import { inventory, PEER, peering, REGION, vpc } from '../support/fixtures.ts';

const a = vpc('vpc-a', ['10.1.0.0/16'], { tags: { Environment: 'prod' } });
const b = vpc('vpc-b', ['10.2.0.0/16']);
const away = vpc('vpc-w', ['10.3.0.0/16'], { region: 'eu-west-1' });
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });

function summary(peerings: ReturnType<typeof peering>[], regions = [REGION]) {
  return viewsOf(inventory({ vpcs: [a, b], peerings, tables: [] }), regions).map(
    ({ peering: { peeringId }, direction, local, remote: far }) =>
      `${peeringId} ${direction} ${local.vpcId} ${far.vpcId}`,
  );
}

describe('viewsOf', () => {
  it('gives one view of a peering with another account, from our side', () => {
    expect(summary([peering('pcx-1', a, remote)])).toEqual(['pcx-1 outbound vpc-a vpc-r']);
    expect(summary([peering('pcx-1', remote, a)])).toEqual(['pcx-1 inbound vpc-a vpc-r']);
  });

  it('gives two views of a peering inside one account and Region', () => {
    expect(summary([peering('pcx-1', a, b)])).toEqual([
      'pcx-1 outbound vpc-a vpc-b',
      'pcx-1 inbound vpc-b vpc-a',
    ]);
  });

  it('gives only the view of its own Region', () => {
    expect(summary([peering('pcx-1', a, away)], [REGION, 'eu-west-1'])).toEqual([
      'pcx-1 outbound vpc-a vpc-w',
    ]);
  });

  it('gives none in a Region that is not managed', () => {
    expect(summary([peering('pcx-1', a, b)], ['eu-west-1'])).toEqual([]);
  });

  it('gives them in the same order whatever order the peerings come in', () => {
    const peerings = [peering('pcx-2', a, remote), peering('pcx-1', a, b)];
    expect(summary(peerings)).toEqual(summary([...peerings].reverse()));
  });

  it('gives them by the id of the peering, then of the VPC, each once', () => {
    const peerings = [
      peering('pcx-3', b, a),
      peering('pcx-1', b, a),
      peering('pcx-2', a, remote),
      peering('pcx-1', b, a),
    ];
    expect(summary(peerings)).toEqual([
      'pcx-1 inbound vpc-a vpc-b',
      'pcx-1 outbound vpc-b vpc-a',
      'pcx-2 outbound vpc-a vpc-r',
      'pcx-3 inbound vpc-a vpc-b',
      'pcx-3 outbound vpc-b vpc-a',
    ]);
  });

  it('takes a peering that is listed twice as it was listed last', () => {
    const twice = [peering('pcx-1', a, remote, { status: 'provisioning' }), peering('pcx-1', a, remote)];
    const read = inventory({ vpcs: [a], peerings: twice, tables: [] });
    expect(viewsOf(read, [REGION]).map((view) => view.peering.status)).toEqual(['active']);
  });

  it('knows the tags of the local VPC, and leaves them unknown where it was not read', () => {
    const peerings = [peering('pcx-1', a, b)];
    const read = inventory({ vpcs: [a], peerings, tables: [] });
    expect(viewsOf(read, [REGION]).map(({ localTags }) => localTags)).toEqual([
      { Environment: 'prod' },
      undefined,
    ]);
  });
});
