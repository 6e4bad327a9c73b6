import fc from 'fast-check';
import { overlaps, parseCidr } from '../../lib/network/cidr.ts';
import { PEER, peering, STRANGER, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';
import { runs } from '../support/runs.ts';

/** A request is held by what any other live peering of its VPC has: routed by a rule or not, IPv4 or IPv6. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);

interface LivePeer {
  readonly cidrs: readonly string[];
  /** `managed`: a rule routes it. `unmanaged`: no rule matches. `undecidable`: nobody knows whether one does. */
  readonly standing: 'managed' | 'unmanaged' | 'undecidable';
  readonly direction: 'inbound' | 'outbound';
  readonly status: 'active' | 'provisioning';
}

/** Only with an organization that was not read is it open whether this rule matches. */
const OPEN = {
  name: 'units',
  effect: 'accept',
  remote: { organizationalUnits: ['ou-ab12-cdef3456'], accounts: ['444444444444'] },
};
const ACCOUNTS = { managed: PEER, unmanaged: STRANGER, undecidable: '444444444444' } as const;

function decisionOn(request: readonly string[], peers: readonly LivePeer[]): string | undefined {
  const asking = vpc('vpc-r', request, { accountId: PEER });
  const live = peers.map(({ cidrs, standing, direction, status }, index) => {
    const there = vpc(`vpc-l${index}`, cidrs, { accountId: ACCOUNTS[standing] });
    return direction === 'inbound'
      ? peering(`pcx-l${index}`, there, HERE, { status })
      : peering(`pcx-l${index}`, HERE, there, { status });
  });
  const network = {
    vpcs: [HERE],
    peerings: [...live, peering('pcx-r', asking, HERE, { status: 'pending-acceptance' })],
    tables: [table('rtb-a', HERE, [], { optIn: '*' })],
  };
  const rules = [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] } }, OPEN];
  const { requests } = assessmentOf(judgingOf(network, { guardrails: { quotaHeadroom: 0 }, rules }));
  return requests[0]?.decision.decision;
}

const peerWith = (parts: Partial<LivePeer>): LivePeer => ({
  ...{
    cidrs: ['10.64.0.0/16', '2001:db8:64::/56'],
    standing: 'unmanaged',
    direction: 'inbound',
    status: 'active',
  },
  ...parts,
});

it.each(['managed', 'unmanaged', 'undecidable'] as const)('by a peering that is %s', (standing) => {
  const peers = [peerWith({ standing })];
  expect(decisionOn(['10.64.7.0/24'], peers)).toBe('hold');
  expect(decisionOn(['10.65.0.0/16', '2001:db8:64::/60'], peers)).toBe('hold');
  expect(decisionOn(['10.65.0.0/16', '2001:db8:65::/56'], peers)).toBe('accept');
});

it('by whichever of them overlaps, and by none that does not', () => {
  const block = fc.constantFrom(
    ...['10.64.0.0/16', '10.64.8.0/24', '10.65.0.0/16', '10.66.0.0/16', '10.67.0.0/17'],
    ...['2001:db8:64::/56', '2001:db8:64::/60', '2001:db8:65::/56', '2001:db8:66::/56'],
  );
  /** Of one VPC: no two of them overlap. */
  const cidrs = fc
    .uniqueArray(block, { minLength: 1, maxLength: 3 })
    .filter((list) =>
      list.map(parseCidr).every((a, at, all) => all.every((b, other) => at === other || !overlaps(a, b))),
    );
  const peers = fc.array(
    fc.record({
      cidrs,
      standing: fc.constantFrom('managed', 'unmanaged', 'undecidable'),
      direction: fc.constantFrom('inbound', 'outbound'),
      status: fc.constantFrom('active', 'provisioning'),
    }),
    { maxLength: 4 },
  );
  const seen = new Set<string>();
  fc.assert(
    fc.property(cidrs, peers, (request, live) => {
      const theirs = live.flatMap((each) => each.cidrs.map(parseCidr));
      const clash = request.map(parseCidr).some((mine) => theirs.some((other) => overlaps(mine, other)));
      const expected = clash ? 'hold' : 'accept';
      expect(decisionOn(request, live)).toBe(expected);
      seen.add(expected);
    }),
    { numRuns: runs(300) },
  );
  expect([...seen].sort()).toEqual(['accept', 'hold']);
});
