import { type Sides, sidesOfRequest, suggestRule } from '../../lib/messages/suggest-rule.ts';
import type { Peering, PeeringSide } from '../../lib/model/peering.ts';
import { decide } from '../../lib/policy/decide.ts';
import { decidePeering } from '../../lib/policy/decide-peering.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { OWN, PEER, peering, policyOf, REGION, vpc } from '../support/fixtures.ts';

const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const other = vpc('vpc-22222222', ['10.2.0.0/16', '2001:0db8:0002::/56']);
const remote = { ...other, accountId: PEER };
const none = policyOf({ rules: [] });

/** The policy file with the suggested text in it. */
function pasted(sides: Sides, policy: Policy = none): Policy {
  const yaml = suggestRule(sides, policy)?.yaml ?? [];
  return parsePolicy(['version: 1', 'rules:', ...yaml].join('\n'), 'peering-policy.yml').policy;
}

function decideWith(policy: Policy, of: Peering, mine: PeeringSide, theirs: PeeringSide) {
  return decide(
    {
      peering: of,
      region: REGION,
      direction: mine === of.accepter ? 'inbound' : 'outbound',
      local: mine,
      remote: theirs,
    },
    policy,
    { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs, obstacles: () => [] },
  );
}

describe('the rule that is proposed', () => {
  const request = peering('pcx-1', remote, local, { status: 'pending-acceptance' });

  it('is a policy as it stands, accepts the request and manages the peering', () => {
    const policy = pasted(sidesOfRequest(request));
    expect(policy.rules).toMatchObject([
      {
        name: '222222222222-vpc-11111111',
        effect: 'accept',
        local: { vpcs: ['vpc-11111111'] },
        remote: { accounts: [PEER], vpcs: [], cidrs: ['10.2.0.0/16', '2001:db8:2::/56'] },
        routes: { destinations: 'all' },
      },
    ]);
    expect(decideWith(policy, request, request.accepter, request.requester).decision).toBe('accept');
    const live = peering('pcx-1', remote, local);
    expect(decideWith(policy, live, live.accepter, live.requester)).toMatchObject({
      decision: 'accept',
      managed: true,
      routableCidrs: ['10.2.0.0/16', '2001:db8:2::/56'],
    });
  });

  it('means the same as data and as text', () => {
    const suggested = suggestRule(sidesOfRequest(request), none);
    expect(policyOf({ rules: [suggested?.rule] }).rules).toEqual(pasted(sidesOfRequest(request)).rules);
  });

  it('names the VPC where its CIDRs are not visible, or one of them cannot be read', () => {
    for (const cidrs of [[], ['10.2.0.0/16', 'pl-1'], ['odd']]) {
      const hidden = peering('pcx-1', { ...remote, cidrs }, local, { status: 'pending-acceptance' });
      expect(pasted(sidesOfRequest(hidden)).rules[0]?.remote).toMatchObject({
        vpcs: ['vpc-22222222'],
        cidrs: [],
      });
    }
  });

  it('covers both sides of a peering inside the account', () => {
    const asked = peering('pcx-1', other, local, { status: 'pending-acceptance' });
    const live = peering('pcx-1', other, local);
    for (const stage of [asked, live]) {
      const policy = pasted(sidesOfRequest(stage));
      expect(policy.rules[0]).toMatchObject({
        local: { vpcs: ['vpc-11111111', 'vpc-22222222'] },
        remote: { accounts: ['self'] },
      });
      const facts = { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs, obstacles: () => [] };
      const inbound = {
        peering: asked,
        region: REGION,
        direction: 'inbound',
        local: asked.accepter,
        remote: asked.requester,
      } as const;
      expect(decidePeering([{ view: inbound, facts }], policy).decision).toBe('accept');
      expect(decideWith(policy, live, live.accepter, live.requester).managed).toBe(true);
      const theirs = { accountId: OWN, localCidrs: other.cidrs };
      const outbound = {
        peering: live,
        region: REGION,
        direction: 'outbound',
        local: live.requester,
        remote: live.accepter,
      } as const;
      expect(decide(outbound, policy, theirs)).toMatchObject({ decision: 'accept', managed: true });
    }
  });

  it('is for this account alone where the policy tells accounts apart', () => {
    const shared = policyOf({ rules: [{ name: 'a', effect: 'hold', local: { accounts: [PEER] } }] });
    const policy = pasted(sidesOfRequest(request), shared);
    expect(policy.rules[0]?.local).toMatchObject({ accounts: [OWN], vpcs: ['vpc-11111111'] });
    expect(decideWith(policy, request, request.accepter, request.requester).decision).toBe('accept');
  });

  it('has a name that is free', () => {
    const taken = (...names: readonly string[]) =>
      policyOf({ rules: names.map((name) => ({ name, effect: 'hold' })) });
    const nameIn = (policy: Policy) => suggestRule(sidesOfRequest(request), policy)?.rule.name;
    expect(nameIn(taken('222222222222-vpc-11111111'))).toBe('222222222222-vpc-11111111-2');
    expect(nameIn(taken('222222222222-vpc-11111111', '222222222222-vpc-11111111-2'))).toBe(
      '222222222222-vpc-11111111-3',
    );
  });

  it('is left out where an id is none', () => {
    const odd = (parts: Partial<PeeringSide>) => ({ local, remote: { ...remote, ...parts } });
    expect(suggestRule(odd({ accountId: '1' }), none)).toBeUndefined();
    expect(suggestRule(odd({ vpcId: 'vpc-1"]\n' }), none)).toBeUndefined();
    expect(suggestRule({ local: { ...local, vpcId: 'x' }, remote }, none)).toBeUndefined();
  });
});
