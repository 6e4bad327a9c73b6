import fc from 'fast-check';
import { COUNT_PATTERN, TARGET_PATTERN } from '../../lib/connectivity/ping-document.ts';
import { mergeResults, type PeerVerdict } from '../../lib/connectivity/results.ts';
import { readHint } from '../../lib/lambda/read-hint.ts';
import { connectivityLostNotification } from '../../lib/messages/connectivity.ts';
import { driftNotification } from '../../lib/messages/findings.ts';
import { requestNotification } from '../../lib/messages/requests.ts';
import { PEER_VERDICTS } from '../../lib/model/hint.ts';
import { DIRECTIONS, HOPS } from '../../lib/model/peer-fault.ts';
import { viewsOf } from '../../lib/model/views.ts';
import { parseAddress } from '../../lib/network/cidr.ts';
import { peerNoteValue, readPeerNote } from '../../lib/passes/connectivity-notes.ts';
import { decide } from '../../lib/policy/decide.ts';
import { decidePeering } from '../../lib/policy/decide-peering.ts';
import { inventory, OWN, PEER, peering, policyOf, REGION, vpc } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';

/** Text from outside that ends in a message to people, or in a parameter of a command. */

const HOSTILE = [
  'x\r\n\nSubject: accepted',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u202eevil\u2066',
  '\u0000\u009b31m\u200b\ufeff',
  '=HYPERLINK("http://x","y")',
  '<script>alert(1)</script>',
  '\ud800',
  'x'.repeat(100_000),
];

const hostileArbitrary = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);

/** Lines of text, and no more of them than the message has itself. */
function expectPlain({ subject, message }: { readonly subject: string; readonly message: string }): void {
  expect(subject.length).toBeLessThanOrEqual(100);
  expect(subject).toMatch(/^[ -~]+$/);
  expect(message).not.toMatch(/[^\n\P{C}]/u);
  expect(message.length).toBeLessThan(256 * 1024);
}

describe('hostile text in a message', () => {
  it('about a request ends no line, and leaves the message as long as it is without', () => {
    fc.assert(
      fc.property(
        fc.array(hostileArbitrary, { minLength: 5, maxLength: 5 }),
        ([tag = '', key = '', id = '', cidr = '', region = '']) => {
          const local = vpc('vpc-a', ['10.1.0.0/16'], { tags: { [key]: tag, Environment: tag } });
          const remote = vpc(`vpc-${id}`, [`10.2.0.0/16${cidr}`], { accountId: PEER, region: `r${region}` });
          const request = peering('pcx-1', remote, local, {
            status: 'pending-acceptance',
            tags: { [key]: tag },
          });
          const policy = policyOf({
            rules: [
              {
                name: 'peers',
                effect: 'accept',
                local: { tags: { Environment: 'prod' } },
                remote: { accounts: [PEER], cidrs: ['10.0.0.0/8'] },
              },
            ],
          });
          const views = viewsOf(inventory({ vpcs: [local], peerings: [request], tables: [] }), [REGION]);
          const decision = decidePeering(
            views.map((view) => ({ view, facts: { accountId: OWN, localCidrs: local.cidrs } })),
            policy,
          );
          const notification = requestNotification(request, decision, {
            policy,
            now: new Date('2026-03-01T12:00:00Z'),
          });
          expectPlain(notification);
          expect(notification.message.split('\n').length).toBeLessThan(40);
          expect(decision.decision).toBe('hold');
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('about drift ends no line', () => {
    fc.assert(
      fc.property(hostileArbitrary, hostileArbitrary, (detail, changedBy) => {
        expectPlain(
          driftNotification(
            [{ kind: 'missing', region: REGION, routeTableId: 'rtb-1', detail, repairable: true }],
            { accountId: OWN, changedBy: () => changedBy },
          ),
        );
      }),
      { numRuns: runs(200) },
    );
  });

  it('about lost pings holds no word of what the peer account says, only codes from fixed lists', () => {
    const [health] = mergeResults(
      [
        {
          peeringId: 'pcx-11112222',
          region: REGION,
          sourceInstanceId: 'i-1',
          target: '10.2.1.5',
          priceClass: 'unknown',
          kind: 'ping',
          verdict: 'unreachable',
          reason: 'None of 5 pings was answered.',
          transmitted: 5,
          received: 0,
        },
      ],
      { lossThresholdPercent: 100 },
    );
    if (health === undefined) throw new Error('one result has one health');
    const told = (peer: PeerVerdict) =>
      connectivityLostNotification({
        peeringId: health.peeringId,
        peering: undefined,
        accountId: OWN,
        region: health.region,
        seen: [{ health, sentAt: new Date('2026-03-01T12:00:00Z') }],
        before: [],
        peer,
      }).message;
    const faults = [
      {},
      ...HOPS.flatMap((hop) => DIRECTIONS.map((direction) => ({ fault: { hop, direction } }))),
    ];
    const possible = new Set(
      PEER_VERDICTS.flatMap((verdict) => faults.map((fault) => told({ accountId: PEER, verdict, ...fault }))),
    );
    const anything = fc.oneof(hostileArbitrary, fc.jsonValue());
    fc.assert(
      fc.property(
        fc.constantFrom(...PEER_VERDICTS),
        fc.record(
          { hop: fc.oneof(anything, fc.constantFrom(...HOPS)), direction: fc.constantFrom('back', 'x\ny') },
          { requiredKeys: [] },
        ),
        fc.dictionary(hostileArbitrary, anything),
        (verdict, fault, more) => {
          const hint = readHint(
            {
              source: 'vpc-peering-autopilot',
              'detail-type': 'Connectivity Verdict',
              account: PEER,
              region: REGION,
              detail: { ...more, accountId: PEER, region: REGION, peeringId: 'pcx-11112222', verdict, fault },
            },
            { accountId: OWN, managedRegions: [REGION] },
          );
          if (!('kind' in hint) || hint.kind !== 'peer-verdict') throw new Error('no verdict');
          const { peerAccountId, ...said } = hint;
          const noted = readPeerNote(peerNoteValue({ ...said, accountId: peerAccountId }, new Date(0)));
          expect(noted).toBeDefined();
          if (noted !== undefined) expect(possible).toContain(told(noted.said));
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

describe('the parameters of a ping', () => {
  const target = new RegExp(TARGET_PATTERN);

  it('are an address and a count, in which nothing is special to a shell', () => {
    fc.assert(
      fc.property(
        fc.oneof(hostileArbitrary, fc.stringMatching(/^[0-9a-fA-F:.;$`|& -]{0,45}$/), fc.ipV4(), fc.ipV6()),
        (text) => {
          if (target.test(text)) {
            expect(text).toMatch(/^[0-9A-Fa-f:.]{2,39}$/);
          }
        },
      ),
      { numRuns: runs(1000) },
    );
  });

  it.each([
    ...[
      '10.0.0.1;id',
      '$(id)',
      '`id`',
      '10.0.0.1 -f',
      '-f',
      '10.0.0.1\n',
      '10.0.0.1\nid',
      '|id',
      '&',
      '{{ count }}',
    ],
    ...['', ' ', '10.0.0', '1', '::1%eth0', 'localhost', '10.0.0.1/24', '１０.0.0.1', '10.0.0.1\u0000'],
  ])('refuse %j', (text) => {
    expect(target.test(text)).toBe(false);
  });

  it('take every address that the product can send', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        expect(target.test(parseAddress(text).text)).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  it.each(['0', '21', '-1', '5 -f', '5;id', '1\n', '', '05', '1e1'])('refuse the count %j', (count) => {
    expect(new RegExp(COUNT_PATTERN).test(count)).toBe(false);
  });

  it('use nothing that Java and RE2 read differently', () => {
    for (const pattern of [TARGET_PATTERN, COUNT_PATTERN]) {
      // No lookaround, no back reference, no class but of plain characters.
      expect(pattern).not.toMatch(/\(\?|\\/);
    }
  });
});

describe('deciding on hostile text', () => {
  it('takes time that grows with the text, not with its square', () => {
    const pattern = `${'*a'.repeat(60)}*`;
    const policy = policyOf({
      rules: [
        {
          name: 'slow',
          effect: 'hold',
          local: { tags: { Name: pattern } },
          remote: { accounts: ['*'] },
        },
      ],
    });
    const local = vpc('vpc-a', ['10.1.0.0/16'], { tags: { Name: `${'a'.repeat(200_000)}` } });
    const remote = vpc('vpc-b', ['10.2.0.0/16'], { accountId: '1'.repeat(200_000) });
    const [view] = viewsOf(
      inventory({ vpcs: [local], peerings: [peering('pcx-1', remote, local)], tables: [] }),
      [REGION],
    );
    if (view === undefined) throw new Error('the account owns one side');
    // Backtracking over 60 wildcards would not end within the test's time.
    expect(decide(view, policy, { accountId: OWN, localCidrs: local.cidrs }).decision).toBe('hold');
  });
});
