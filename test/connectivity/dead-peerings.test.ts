import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import type { PeeringStatus, Vpc } from '../../lib/model/peering.ts';
import { PEER, peering, route, vpc } from '../support/fixtures.ts';
import { network, peerings, tables, VPC_A } from './networks.ts';

describe('a route to a peering that is not live', () => {
  const blackhole = tables({ a: [route('10.2.0.0/16', 'pcx-ab', { state: 'blackhole' })] });

  it.each<[PeeringStatus, string, string]>([
    [
      'deleted',
      'Deleted by 111111111111',
      'pcx-ab is deleted (AWS says: "Deleted by 111111111111"). It will not come back',
    ],
    [
      'rejected',
      'Rejected by 222222222222',
      'pcx-ab is rejected (AWS says: "Rejected by 222222222222"). It will not come back',
    ],
    ['expired', 'Expired', 'pcx-ab is expired. It will not come back'],
    [
      'failed',
      'Failed due to overlapping CIDR range.',
      'pcx-ab is failed (AWS says: "Failed due to overlapping CIDR range"). It',
    ],
    [
      'pending-acceptance',
      'Pending Acceptance by 111111111111',
      'is pending-acceptance (AWS says: "Pending Acceptance by 111111111111"). Account',
    ],
    ['deleted', '', 'pcx-ab is deleted. It will not come back'],
    ['failed', 'a\u001b[2Jb', 'pcx-ab is failed (AWS says: "a\\u{1b}[2Jb"). It'],
  ])('that is %s is told with what AWS says: %j', (status, statusMessage, sentence) => {
    const [ab, ...others] = peerings(status);
    const dead = ab === undefined ? [] : [{ ...ab, statusMessage }];
    const { firstFailure } = diagnose(
      network({ peerings: [...dead, ...others], routeTables: blackhole }),
      'i-a',
      'i-b',
    );
    expect(firstFailure).toMatchObject({ hop: 'peering', ids: ['pcx-ab'] });
    expect(firstFailure?.sentence).toContain(sentence);
  });
});

describe('a request that AWS has failed', () => {
  const WRONG = 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range';
  const asked = (other: Vpc) => {
    const failed = { ...peering('pcx-f', VPC_A, other, { status: 'failed' }), statusMessage: WRONG };
    const { vpcs } = network();
    const known = other.accountId === PEER ? vpcs : [...vpcs, other];
    return diagnose(network({ vpcs: known, peerings: [failed] }), 'pcx-f', 'pcx-f').summary;
  };

  it('is told by what it fails again, where that is seen', () => {
    expect(asked(vpc('vpc-t', ['10.1.128.0/17']))).toContain(
      `(AWS says: "${WRONG}"). Requested anew it fails again: ${VPC_A.cidrs[0]} of vpc-a and 10.1.128.0/17 of vpc-t have addresses in common, and AWS peers no such VPCs.`,
    );
  });

  it('is told what to look at, where it is not', () => {
    expect(asked(vpc('vpc-x', ['10.99.0.0/16'], { accountId: PEER }))).toContain(
      `Requested anew as it was it fails again. Look whether vpc-x is there, in account ${PEER} and in us-east-1, and whether no CIDR of it has addresses in common with one of vpc-a; put that right`,
    );
  });
});

describe('an address of another account, to which only a dead peering led', () => {
  const foreign = vpc('vpc-f', ['10.64.0.0/16'], { accountId: PEER });
  const toForeign = tables({ a: [route('10.64.0.0/16', 'pcx-af', { state: 'blackhole' })] });
  const own = (parts: Partial<NetworkSnapshot>) => network({ routeTables: toForeign, ...parts });

  it('is said to be behind the peering, with what became of it', () => {
    const dead = {
      ...peering('pcx-af', VPC_A, foreign, { status: 'deleted' }),
      statusMessage: 'Deleted by 222222222222',
    };
    const { reachable, summary } = diagnose(own({ peerings: [dead] }), 'i-a', '10.64.7.9');
    expect(reachable).toBe(false);
    expect(summary).toBe(
      'i-a (10.1.1.13) cannot ping 10.64.7.9 in vpc-f. pcx-af is deleted (AWS says: "Deleted by 222222222222"). It will not come back: delete the route of rtb-a. Peer vpc-a with vpc-f directly, or connect both to a transit gateway.',
    );
  });

  it('is said to be behind a peering that AWS no longer lists', () => {
    const { firstFailure, summary } = diagnose(own({}), 'i-a', '10.64.7.9');
    expect(firstFailure).toMatchObject({ hop: 'peering', ids: ['pcx-af'] });
    expect(summary).toContain(
      'cannot ping 10.64.7.9 in the VPC behind pcx-af. pcx-af no longer exists, and its route in rtb-a is a blackhole. Delete the route.',
    );
  });

  it('is unknown where no peering ever led there', () => {
    expect(() => diagnose(network(), 'i-a', '10.64.7.9')).toThrow('10.64.7.9 is in no VPC that was read');
  });
});

describe('a peer with a range that software on instances takes for itself', () => {
  const between = (cidr: string, target: string) => {
    const far = vpc('vpc-f', [cidr], { accountId: PEER });
    const snapshot = network({
      peerings: [peering('pcx-af', VPC_A, far)],
      routeTables: tables({ a: [route(cidr, 'pcx-af')] }),
    });
    return diagnose(snapshot, 'i-a', target).summary;
  };

  it('is warned of in one sentence', () => {
    expect(between('172.17.0.0/16', '172.17.3.4')).toContain(
      '172.17.3.4 is in 172.17.0.0/16, which Docker (so Cloud9 and SageMaker, too) uses by default: where that runs, i-a (10.1.1.13) may keep packets to it for itself, and nothing in the network shows that.',
    );
    expect(between('172.20.0.0/16', '172.20.3.4')).toContain(
      'which EKS (for Kubernetes services) uses by default',
    );
  });

  it('is warned of in the other direction, too, as answers go there', () => {
    const far = vpc('vpc-f', ['172.17.0.0/16'], { accountId: PEER });
    const snapshot = network({ peerings: [peering('pcx-af', VPC_A, far)] });
    expect(diagnose(snapshot, '172.17.3.4', 'i-a').summary).toContain(
      'i-a (10.1.1.13) may keep packets to it',
    );
  });

  it('is not warned of elsewhere', () => {
    expect(between('172.16.0.0/16', '172.16.3.4')).not.toContain('by default');
    expect(diagnose(network(), 'i-a', 'i-b').summary).not.toContain('by default');
  });
});

describe('a request that nobody accepted in time', () => {
  it.each([
    ['a route to it is left', tables({ a: [route('10.2.0.0/16', 'pcx-ab', { state: 'blackhole' })] })],
    ['no route is left', tables({ a: [] })],
  ])('is to be made anew, and not as if there had been none: %s', (_, routeTables) => {
    const { firstFailure } = diagnose(network({ peerings: peerings('expired'), routeTables }), 'i-a', 'i-b');
    expect(firstFailure?.sentence).toContain('pcx-ab is expired');
    expect(firstFailure?.sentence).toContain(
      'was not accepted within seven days: request it anew and have account 111111111111 accept it in us-east-1',
    );
    expect(firstFailure?.sentence).not.toContain('Peer vpc-a with vpc-b directly');
  });
});
