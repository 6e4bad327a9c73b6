import { type OptionWriter, setOptions } from '../../lib/passes/set-options.ts';
import { type WantedOption, wantedOptions } from '../../lib/routing/options.ts';
import { inventory, PEER, peering, policyOf, REGION, STRANGER, vpc } from '../support/fixtures.ts';
import { planOf } from '../support/plan-of.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const stranger = vpc('vpc-x', ['10.99.0.0/16'], { accountId: STRANGER });

function policyAsking(dnsResolution: boolean) {
  return policyOf({
    rules: [
      {
        name: 'quiet',
        effect: 'accept',
        remote: { accounts: ['444444444444'] },
        routes: { dnsResolution: true },
      },
      { name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes: { dnsResolution } },
    ],
  });
}

function wanted(peerings: Parameters<typeof inventory>[0]['peerings'], policy = policyAsking(true)) {
  return wantedOptions(planOf(inventory({ vpcs: [local], peerings, tables: [] }), policy).decisions, policy);
}

const OPTION: WantedOption = {
  region: REGION,
  peeringId: 'pcx-1',
  vpcId: 'vpc-a',
  rule: 'peers',
  side: 'requester',
  settable: true,
};

describe('a wanted DNS option', () => {
  it('is that of our side, where EC2 does not show it as on', () => {
    expect(wanted([peering('pcx-1', local, remote)])).toEqual([OPTION]);
    expect(wanted([peering('pcx-1', local, remote, { requesterDns: false })])).toEqual([OPTION]);
    expect(wanted([peering('pcx-1', local, remote, { requesterDns: true })])).toEqual([]);
    expect(wanted([peering('pcx-1', remote, local)])).toEqual([{ ...OPTION, side: 'accepter' }]);
  });

  it('can be set only on an active peering', () => {
    expect(wanted([peering('pcx-1', local, remote, { status: 'provisioning' })])).toEqual([
      { ...OPTION, settable: false },
    ]);
  });

  it('is none where no rule asks for it, or the peering is not managed', () => {
    expect(wanted([peering('pcx-1', local, remote)], policyAsking(false))).toEqual([]);
    expect(wanted([peering('pcx-1', local, stranger)])).toEqual([]);
  });

  it('is none where a rule rejects the peering that asks for it', () => {
    const policy = policyOf({
      rules: [
        { name: 'peers', effect: 'reject', remote: { accounts: [PEER] }, routes: { dnsResolution: true } },
      ],
    });
    expect(wanted([peering('pcx-1', local, remote)], policy)).toEqual([]);
  });
});

describe('setting options', () => {
  function failing(code: string, message: string): OptionWriter {
    return {
      setDnsResolution: () => Promise.reject(Object.assign(new Error(message), { name: code })),
    };
  }

  it('lets the other side resolve names, and says for which rule', async () => {
    const calls: unknown[][] = [];
    const writer = (outcome: 'done' | 'observed'): OptionWriter => ({
      setDnsResolution: (...call) => {
        calls.push(call);
        return Promise.resolve(outcome);
      },
    });
    const reason = 'Rule peers lets the other side of pcx-1 resolve private DNS names of vpc-a.';
    expect(await setOptions([OPTION], writer('done'))).toEqual([{ option: OPTION, result: 'set', reason }]);
    expect(await setOptions([OPTION], writer('observed'))).toEqual([
      { option: OPTION, result: 'observed', reason },
    ]);
    expect(calls).toEqual([
      [REGION, 'pcx-1', 'requester', 'allowed'],
      [REGION, 'pcx-1', 'requester', 'allowed'],
    ]);
  });

  it('waits for a peering that is not active, and asks EC2 nothing', async () => {
    const option = { ...OPTION, settable: false };
    expect(await setOptions([option], failing('Unexpected', 'called'))).toEqual([
      { option, result: 'waiting', reason: 'pcx-1 is not active yet.' },
    ]);
  });

  it.each([
    ['RequestLimitExceeded', { retry: true }],
    ['InternalError', { retry: true }],
    ['InvalidStateTransition', { retry: false }],
    [
      'UnauthorizedOperation',
      { retry: false, refused: { code: 'UnauthorizedOperation', awsMessage: 'It failed.' } },
    ],
  ])('says of %s whether to try again, and whether a person has to do something: %j', async (code, more) => {
    expect(await setOptions([OPTION], failing(code, 'It failed.'))).toEqual([
      { option: OPTION, result: 'failed', reason: 'It failed.', ...more },
    ]);
  });

  it('tells people what to change where the VPCs forbid it, and goes on with the next', async () => {
    const code = 'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled';
    const outcomes = await setOptions([OPTION, { ...OPTION, settable: false }], failing(code, 'Off.'));
    const detail =
      'Rule peers asks for DNS resolution over pcx-1, but DNS hostnames or DNS resolution are off in one of its VPCs. Turn both on in both VPCs (aws ec2 modify-vpc-attribute --enable-dns-hostnames, --enable-dns-support).';
    expect(outcomes).toEqual([
      {
        option: OPTION,
        result: 'failed',
        reason: detail,
        retry: false,
        finding: {
          kind: 'dns-resolution',
          region: REGION,
          peeringId: 'pcx-1',
          rule: 'peers',
          detail,
          repairable: false,
        },
      },
      expect.objectContaining({ result: 'waiting' }),
    ]);
  });
});
