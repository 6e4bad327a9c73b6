import { DNS_REFUSED, DNS_SET, dnsNoteKey } from '../../lib/assessment/dns.ts';
import { NO_MEMORY, NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import {
  inventory,
  PEER,
  type PeeringParts,
  peering,
  policyOf,
  route,
  SYNCED,
  table,
  vpc,
} from '../support/fixtures.ts';
import { PLAN_NOW, planOf } from '../support/plan-of.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const KEY = dnsNoteKey({ peeringId: 'pcx-1', vpcId: 'vpc-a' });

interface Parts extends PeeringParts {
  /** What was noted, and how many seconds ago. */
  readonly note?: readonly [value: string, ago: number];
  readonly asks?: boolean;
  readonly mode?: 'enforce' | 'observe';
  readonly registry?: 'none';
}

function judge({ note, asks = true, mode = 'enforce', registry, ...parts }: Parts) {
  const at = PLAN_NOW.getTime() / 1000 - (note?.[1] ?? 0);
  const { options, findings } = planOf(
    inventory({
      vpcs: [local],
      peerings: [peering('pcx-1', local, remote, { requesterDns: false, ...parts })],
      tables: [table('rtb-1', local, [route('10.64.0.0/16', 'pcx-1')], { optIn: '*' })],
    }),
    policyOf({
      mode,
      rules: [
        { name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, routes: { dnsResolution: asks } },
      ],
    }),
    {
      memory: {
        ...(registry === 'none' ? NO_MEMORY : NOTHING_REMEMBERED),
        notes: new Map(note === undefined ? [] : [[KEY, { value: note[0], at }]]),
      },
    },
  );
  const shown = options.map(
    ({ peeringId, settable, refusedBefore }) => `${peeringId} ${settable}${refusedBefore ? ' again' : ''}`,
  );
  return { options: shown, findings };
}

const ASKS = 'Rule peers lets the other VPC of pcx-1 resolve the private DNS names of vpc-a';

describe('DNS resolution that is off', () => {
  it.each([{}, { tags: SYNCED }, { registry: 'none' }] as const)(
    'is work to do while it was never set, whatever marks say of routes: %j',
    (parts) => {
      expect(judge(parts)).toEqual({ options: ['pcx-1 true'], findings: [] });
    },
  );

  it('is drift where it was set before, and is set again', () => {
    expect(judge({ note: [DNS_SET, 3600] })).toEqual({
      options: ['pcx-1 true'],
      findings: [
        {
          kind: 'dns-resolution',
          region: 'us-east-1',
          peeringId: 'pcx-1',
          rule: 'peers',
          detail: `${ASKS}. That was on, and is off now.`,
          repairable: true,
        },
      ],
    });
  });

  it('is held back in observe mode, and the finding says so', () => {
    expect(judge({ note: [DNS_SET, 3600], mode: 'observe' }).findings).toEqual([
      expect.objectContaining({ kind: 'dns-resolution', repairable: true, heldBy: 'observe' }),
    ]);
    expect(judge({ note: [DNS_REFUSED, 3600], mode: 'observe' }).findings[0]).not.toHaveProperty('heldBy');
  });

  it('is for a person where EC2 refused it, and is tried again', () => {
    expect(judge({ note: [DNS_REFUSED, 3600] })).toEqual({
      options: ['pcx-1 true again'],
      findings: [
        expect.objectContaining({
          kind: 'dns-resolution',
          repairable: false,
          detail: `${ASKS}, but EC2 refuses that while DNS support or DNS hostnames are off in one of the two VPCs. Turn on both in both, support first: aws ec2 modify-vpc-attribute --region us-east-1 --vpc-id vpc-a --enable-dns-support; aws ec2 modify-vpc-attribute --region us-east-1 --vpc-id vpc-a --enable-dns-hostnames; and the same two for vpc-r in us-east-1 (account ${PEER}). It is tried again with each sweep.`,
        }),
      ],
    });
  });

  it('is nothing to talk about once it is on, or no rule asks for it', () => {
    for (const value of [DNS_SET, DNS_REFUSED]) {
      expect(judge({ note: [value, 3600], requesterDns: true })).toEqual({ options: [], findings: [] });
      expect(judge({ note: [value, 3600], asks: false })).toEqual({ options: [], findings: [] });
    }
  });

  it('waits for the peering to be active', () => {
    expect(judge({ note: [DNS_SET, 3600], status: 'provisioning' })).toEqual({
      options: ['pcx-1 false'],
      findings: [],
    });
  });

  it('is remembered for each side and peering apart', () => {
    expect(KEY).not.toBe(dnsNoteKey({ peeringId: 'pcx-1', vpcId: 'vpc-r' }));
    expect(KEY).not.toBe(dnsNoteKey({ peeringId: 'pcx-2', vpcId: 'vpc-a' }));
  });
});
