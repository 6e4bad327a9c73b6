import { refusedOptionFinding } from '../../lib/assessment/dns.ts';
import {
  type OptionWriter,
  type SettingOptions,
  setOptions as setWith,
} from '../../lib/passes/set-options.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { type WantedOption, wantedOptions } from '../../lib/routing/options.ts';
import { inventory, PEER, peering, policyOf, REGION, STRANGER, vpc } from '../support/fixtures.ts';
import { unhurried } from '../support/passes.ts';
import { planOf } from '../support/plan-of.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

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
  other: { vpcId: 'vpc-r', region: REGION, accountId: PEER },
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
  const setOptions = (
    options: readonly WantedOption[],
    writer: OptionWriter,
    more: Partial<SettingOptions> = {},
  ) =>
    setWith(options, {
      writer,
      pace: unhurried,
      mode: 'enforce',
      deadline: Number.POSITIVE_INFINITY,
      ...more,
    });
  const bothSides = (peeringId: string): WantedOption[] => [
    { ...OPTION, peeringId },
    { ...OPTION, peeringId, vpcId: 'vpc-b', side: 'accepter' },
  ];

  it('takes one call for both sides that are in this Region, and what it means holds for both', async () => {
    const calls: unknown[][] = [];
    const set = await setOptions(bothSides('pcx-1'), {
      setDnsResolution: async (...call) => {
        calls.push(call);
        return 'done';
      },
    });
    expect(calls).toEqual([[REGION, 'pcx-1', ['requester', 'accepter'], 'allowed']]);
    expect(set.map(({ option, result }) => `${option.vpcId} ${result}`)).toEqual(['vpc-a set', 'vpc-b set']);
    const code = 'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled';
    const refused = await setOptions(bothSides('pcx-1'), failing(code, 'Off.'));
    expect(refused.map(({ option, finding }) => [option.vpcId, finding?.kind])).toEqual([
      ['vpc-a', 'dns-resolution'],
      ['vpc-b', 'dns-resolution'],
    ]);
  });

  it('takes a call for each side after all where EC2 does not take both together', async () => {
    const calls: string[] = [];
    const outcomes = await setOptions(bothSides('pcx-1'), {
      setDnsResolution: async (_region, _peeringId, sides) => {
        calls.push(sides.join());
        if (sides.length > 1 || sides[0] === 'accepter') {
          throw Object.assign(new Error('Not so.'), { name: 'InvalidParameterCombination' });
        }
        return 'done';
      },
    });
    expect(calls).toEqual(['requester,accepter', 'requester', 'accepter']);
    expect(outcomes.map(({ option, result }) => `${option.vpcId} ${result}`)).toEqual([
      'vpc-a set',
      'vpc-b failed',
    ]);
  });

  it('takes no further call where both sides would be answered the same', async () => {
    for (const code of [
      'RequestLimitExceeded',
      'UnauthorizedOperation',
      'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled',
    ]) {
      let calls = 0;
      await setOptions(bothSides('pcx-1'), {
        setDnsResolution: () => {
          calls += 1;
          return Promise.reject(Object.assign(new Error('No.'), { name: code }));
        },
      });
      expect([code, calls]).toEqual([code, 1]);
    }
  });

  it('takes a call for each side where the other one is in another Region', async () => {
    const calls: string[] = [];
    const [here, there] = bothSides('pcx-1');
    await setOptions([here ?? OPTION, { ...(there ?? OPTION), region: 'eu-west-1' }], {
      setDnsResolution: async (region, _peeringId, sides) => {
        calls.push(`${region} ${sides.join()}`);
        return 'done';
      },
    });
    expect(calls).toEqual([`${REGION} requester`, 'eu-west-1 accepter']);
  });

  it('never overdraws the bucket of the call, and leaves what time does not suffice for to the next look', async () => {
    const clock = createSimulatedClock();
    const times: number[] = [];
    const many = Array.from({ length: 100 }, (_, index) => bothSides(`pcx-${index}`)).flat();
    const outcomes = await clock.run(
      setOptions(
        many,
        {
          setDnsResolution: async () => {
            times.push(clock.now());
            return 'done';
          },
        },
        { pace: createPace(clock), deadline: 5_000 },
      ),
    );
    // A bucket of 50 that gets five more each second.
    expect(times.filter((at) => at === 0)).toHaveLength(50);
    expect(times).toHaveLength(74);
    expect(outcomes.filter(({ result }) => result === 'set')).toHaveLength(148);
    expect(outcomes.filter(({ result }) => result === 'waiting')).toHaveLength(52);
    expect(outcomes.at(-1)?.reason).toContain('the next sweep sets it');
  });

  it('takes the bucket to be empty once EC2 throttles, and waits for nothing while it only observes', async () => {
    const drained: string[] = [];
    const pace = {
      take: () => Promise.reject(new Error('asked while observing')),
      drain: (region: string, call: string) => {
        drained.push(`${region} ${call}`);
      },
    };
    const observing: OptionWriter = { setDnsResolution: async () => 'observed' };
    expect(await setOptions([OPTION], observing, { pace, mode: 'observe' })).toMatchObject([
      { result: 'observed' },
    ]);
    await setOptions([OPTION], failing('RequestLimitExceeded', 'Slow down.'), {
      pace: { ...pace, take: async () => 'taken' },
    });
    expect(drained).toEqual([`${REGION} ModifyVpcPeeringConnectionOptions`]);
  });

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
      [REGION, 'pcx-1', ['requester'], 'allowed'],
      [REGION, 'pcx-1', ['requester'], 'allowed'],
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
    const { detail } = refusedOptionFinding(OPTION);
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
