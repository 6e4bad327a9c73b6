import type { Peering, PeeringView } from '../../lib/model/peering.ts';
import { PEER, policyOf, REGION, STRANGER, vpc } from '../support/fixtures.ts';

/** A peering with a VPC of another account, and what the messages about it have in common. */

export const local = vpc('vpc-11111111', ['10.1.0.0/16']);
export const remote = vpc('vpc-22222222', ['10.2.0.0/16', '2001:db8:2::/56'], { accountId: PEER });
export const nameOf = (id: string) => (id === 'vpc-11111111' ? 'prod-core' : undefined);

export function viewOf(of: Peering, direction: PeeringView['direction'] = 'inbound'): PeeringView {
  const [own, other] = direction === 'inbound' ? [of.accepter, of.requester] : [of.requester, of.accepter];
  return { peering: of, region: REGION, direction, local: own, remote: other, localTags: {} };
}

/** A rule for the other account, named after its effect. */
export const rule = (effect: string, parts: Record<string, unknown> = {}) => ({
  name: `the-${effect}`,
  effect,
  remote: { accounts: [PEER] },
  ...parts,
});
/** A policy that has no rule for it. */
export const others = policyOf({ rules: [rule('accept', { remote: { accounts: [STRANGER] } })] });
/** The rule that messages suggest for it. */
export const SUGGESTED = [
  '  - name: 222222222222-vpc-11111111',
  '    effect: accept',
  '    local: { vpcs: ["vpc-11111111"] }',
  '    remote: { accounts: ["222222222222"], cidrs: ["10.2.0.0/16", "2001:db8:2::/56"] }',
  '    routes: { destinations: all }',
].join('\n');
