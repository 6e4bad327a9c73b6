import {
  endedNotification,
  type OwnRequestContext,
  ownRequestEndedNotification,
} from '../../lib/messages/ended.ts';
import type { Finding } from '../../lib/model/finding.ts';
import type { PeeringStatus } from '../../lib/model/peering.ts';
import { OWN, PEER, peering, REGION, vpc } from '../support/fixtures.ts';

const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const remote = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: PEER });
const nameOf = (id: string) => (id === 'vpc-11111111' ? 'prod-core' : undefined);

describe('the message about a peering that ended', () => {
  const ended = {
    peering: peering('pcx-1', local, remote, { status: 'deleted' }),
    actor: 'arn:aws:iam::222222222222:user/ben',
    status: 'deleted',
    statusMessage: 'Deleted by 222222222222',
    routesRemoved: 12,
    accountId: OWN,
    region: REGION,
    nameOf,
  } as const;

  it('says who ended it and what becomes of its routes, and calls nothing drift', () => {
    const { subject, message } = endedNotification(ended);
    expect(subject).toBe(`VPC peering pcx-1 deleted in ${OWN} (${REGION})`);
    expect(message.split('\n').slice(0, 4)).toEqual([
      'pcx-1 (vpc-11111111 (prod-core) - vpc-22222222) was deleted by arn:aws:iam::222222222222:user/ben.',
      '12 routes to it are being removed.',
      'AWS says: Deleted by 222222222222',
      '',
    ]);
    expect(`${subject}${message}`).not.toMatch(/drift/i);
  });

  it('names the peering as people do, in subject and text', () => {
    const { subject, message } = endedNotification({
      ...ended,
      peering: { ...ended.peering, tags: { Name: 'core-to-ben' } },
    });
    expect(subject).toBe(`VPC peering pcx-1 (core-to-ben) deleted in ${OWN} (${REGION})`);
    expect(message).toMatch(
      /^pcx-1 \(core-to-ben: vpc-11111111 \(prod-core\) - vpc-22222222\) was deleted by /,
    );
  });

  it('names the account that AWS names, where no event says who it was', () => {
    const { actor: _, ...unknown } = ended;
    expect(endedNotification(unknown).message).toMatch(/ was deleted by account 222222222222\.\n/);
    const expired = { ...unknown, status: 'unknown', statusMessage: 'Something else' } as const;
    expect(endedNotification(expired).message).toMatch(/ is gone\.\n/);
  });

  it.each([
    [
      'from its own side, whoever asked before',
      peering('pcx-1', remote, local, { status: 'deleted' }),
      `--vpc-id vpc-11111111 --peer-vpc-id vpc-22222222 --peer-owner-id ${PEER} --region ${REGION}`,
    ],
    [
      'inside the account as it was asked for, across Regions',
      peering('pcx-1', local, vpc('vpc-33333333', ['10.3.0.0/16'], { region: 'eu-west-1' }), {
        status: 'deleted',
      }),
      `--vpc-id vpc-11111111 --peer-vpc-id vpc-33333333 --peer-region eu-west-1 --region ${REGION}`,
    ],
  ])('says what to type to have it again: %s', (_what, of, options) => {
    const { message } = endedNotification({ ...ended, peering: of });
    expect(message.split('\n')).toContain(`  aws ec2 create-vpc-peering-connection ${options}`);
  });

  it('does with the id alone, and without knowing who it was', () => {
    const { actor: _, ...unknown } = ended;
    const { message } = endedNotification({
      ...unknown,
      peering: 'pcx-1',
      status: 'unknown',
      statusMessage: '',
      routesRemoved: 1,
    });
    expect(message).toMatch(
      /^pcx-1 is gone\.\nEC2 does not list it any more, and the product did not see it end.*\n1 route to it is being removed\.\nBy whom is not known.*DeleteVpcPeeringConnection.*\n\nIf that was meant/s,
    );
  });

  it('says of what is kept why, and of nothing that it is being removed', () => {
    const { message } = endedNotification({
      ...ended,
      routesRemoved: 0,
      routesKept: [{ count: 40, heldBy: 'mass-delete', massDelete: { deletes: 40, ownRoutes: 50 } }],
    });
    expect(message).toContain(
      'No route is being removed.\n40 routes to it stay. Not done: the product would delete 40 of the 50',
    );
    expect(endedNotification({ ...ended, routesRemoved: 0 }).message).toContain(
      'No route of a tagged table leads to it',
    );
    expect(
      endedNotification({ ...ended, routesRemoved: 0, routesKept: [{ count: 1, heldBy: 'observe' }] })
        .message,
    ).toContain('1 route to it stays. Not repaired: the policy says mode: observe');
    expect(endedNotification({ ...ended, routesRemoved: 0, routesKept: [] }).message).toContain(
      'No route of a tagged table leads to it',
    );
  });

  it('says of each thing that keeps routes how many it keeps', () => {
    const { message } = endedNotification({
      ...ended,
      routesRemoved: 1,
      routesKept: [
        { count: 2, heldBy: 'contested' },
        { count: 1, heldBy: 'gap' },
      ],
    });
    expect(message).toMatch(
      /1 route to it is being removed\.\n2 routes to it stay\. Not repaired for now.*\n1 route to it stays\. Not done yet/,
    );
  });

  it('says of routes whose delete AWS keeps refusing that they stay unless that is settled', () => {
    const refused = { count: 2, call: 'DeleteRoute', code: 'UnauthorizedOperation' };
    const { message } = endedNotification({ ...ended, routesRemoved: 0, routesRefused: [refused] });
    expect(message).toContain(
      'No route is being removed.\n2 routes to it are to be removed, but AWS has refused DeleteRoute in their table within the last day ' +
        '(UnauthorizedOperation), as people were told: unless that is settled, they stay.\n',
    );
  });

  it('names each route that nobody removes, its table, why, and what to do', () => {
    const detail = 'The table has no tag (any more), so it stays. Delete it by hand, or tag the table again.';
    const left = (destination: string): Finding => ({
      kind: 'untagged',
      region: REGION,
      routeTableId: 'rtb-1',
      destination,
      peeringId: 'pcx-1',
      detail,
      repairable: false,
    });
    const names = new Map([
      ['rtb-1', 'private-a'],
      ['vpc-11111111', 'prod-core'],
    ]);
    const context = { ...ended, nameOf: (id: string) => names.get(id), vpcOf: () => 'vpc-11111111' };
    const { message } = endedNotification({
      ...context,
      routesRemoved: 1,
      routesLeft: [left('10.2.0.0/16'), left('10.9.0.0/16')],
    });
    expect(message).toContain(
      [
        '1 route to it is being removed.',
        '2 routes to it stay, and the product does not remove them:',
        '  - rtb-1 (private-a) of vpc-11111111 (prod-core): 10.2.0.0/16',
        `    ${detail}`,
        '  - rtb-1 (private-a) of vpc-11111111 (prod-core): 10.9.0.0/16',
        `    ${detail}`,
        '',
      ].join('\n'),
    );
    const alone = endedNotification({
      ...context,
      routesRemoved: 0,
      routesLeft: [left('10.2.0.0/16')],
    }).message;
    expect(alone).toContain(
      'No route is being removed.\n1 route to it stays, and the product does not remove it:\n',
    );
    const many = Array.from({ length: 23 }, (_, index) => left(`10.2.${index}.0/24`));
    expect(endedNotification({ ...context, routesLeft: many }).message).toContain(
      '\n  - and 3 more: run "peering drift" to see all.\n',
    );
  });

  it('says that there is nothing more to do only where nothing stays', () => {
    const nothing = 'there is nothing more to do';
    const finding = { kind: 'untagged', region: REGION, detail: 'Stays.', repairable: false } as const;
    expect(endedNotification(ended).message).toContain(nothing);
    for (const parts of [
      { routesKept: [{ count: 1, heldBy: 'contested' }] },
      { routesLeft: [finding] },
      { routesRefused: [{ count: 1, call: 'DeleteRoute', code: 'UnauthorizedOperation' }] },
    ] as const) {
      const { message } = endedNotification({ ...ended, ...parts });
      expect(message).not.toContain(nothing);
      expect(message).toContain(
        'If that was meant, only the routes that stay are left to see to, as said above.',
      );
    }
  });

  it.each([
    ['deleting', 'was deleted', 'deleted'],
    ['rejected', 'was rejected', 'rejected'],
    ['expired', 'has expired', 'expired'],
    ['failed', 'has failed', 'failed'],
    ['active', 'is no longer of use (active)', 'gone'],
  ] as const)('has words for %s', (status, happened, word) => {
    const { subject, message } = endedNotification({ ...ended, status, statusMessage: status });
    expect(message).toContain(happened);
    expect(message).not.toContain('AWS says');
    expect(subject).toContain(` ${word} in `);
  });
});

describe('the message about an own request that came to nothing', () => {
  function told(status: PeeringStatus, parts: Partial<OwnRequestContext> = {}, accepter = remote) {
    return ownRequestEndedNotification(
      {
        peering: { ...peering('pcx-1', local, accepter, { status }), statusMessage: 'as AWS says' },
        region: REGION,
        askedBy: 'ours',
      },
      { accountId: OWN, nameOf, ...parts },
    );
  }

  it.each(['expired', 'rejected', 'failed'] as const)(
    'has room for the ids of AWS in its subject: %s',
    (status) => {
      const [one, other] = ['vpc-1f417359d28c2d55a', 'vpc-cc97fdce2e7671a8a'];
      const { subject } = ownRequestEndedNotification(
        {
          peering: peering(
            'pcx-98c3cffe2bcf148f1',
            { ...local, vpcId: one },
            { ...remote, vpcId: other },
            { status },
          ),
          region: REGION,
          askedBy: 'ours',
        },
        { accountId: OWN, nameOf },
      );
      expect(subject).toBe(`Own peering request pcx-98c3cffe2bcf148f1 ${status}: ${one} -> ${other}`);
    },
  );

  it('names the request, what AWS says and how to look closer', () => {
    const { subject, message } = told('expired');
    expect(subject).toBe('Own peering request pcx-1 expired: vpc-11111111 -> vpc-22222222');
    expect(message).toMatch(
      /^The request of account 111111111111 to peer vpc-11111111 \(prod-core\) with vpc-22222222 of account 222222222222 has expired\.\nAWS says: as AWS says\n/,
    );
    expect(message).toContain('aws ec2 describe-vpc-peering-connections --vpc-peering-connection-ids pcx-1');
  });

  it('names the CIDRs that overlap, also inside one account', () => {
    const cidrs = new Map([
      ['vpc-11111111', ['10.1.0.0/16', '10.9.0.0/16']],
      ['vpc-33333333', ['10.1.128.0/17', 'odd']],
    ]);
    const inside = vpc('vpc-33333333', []);
    const { message } = told('failed', { cidrsOf: (id) => cidrs.get(id) }, inside);
    expect(message).toContain(
      '  - 10.1.0.0/16 of vpc-11111111 (prod-core) and 10.1.128.0/17 of vpc-33333333\n',
    );
    expect(message).not.toContain('- 10.9.0.0/16');
    expect(message).not.toContain('the Region is wrong');
  });

  it('counts overlaps that are too many to list', () => {
    const many = Array.from({ length: 12 }, (_, index) => `10.1.${index}.0/24`);
    const { message } = told('failed', { cidrsOf: (id) => (id === 'vpc-11111111' ? ['10.1.0.0/16'] : many) });
    expect(message).toContain('\n  - and 2 more\n');
  });

  it('lists what to check where the overlap is not known, or is none', () => {
    const { message } = told('failed');
    for (const words of [
      'the VPC is wrong',
      'the account is wrong',
      'the Region is wrong',
      'no CIDR of vpc-22222222 may overlap',
    ]) {
      expect(message).toContain(words);
    }
    const apart = told('failed', {
      cidrsOf: (id) => (id === 'vpc-11111111' ? ['10.1.0.0/16'] : ['10.2.0.0/16']),
    });
    expect(apart.message).toContain('the VPC is wrong');
    expect(apart.message).not.toContain('addresses overlap');
  });

  it.each([
    [
      'rejected',
      'in account 222222222222 said no. Ask them why.',
      'in this account said no. Look whether a rule',
    ],
    [
      'expired',
      'Nobody in account 222222222222 accepted it within 7 days',
      'Let a rule of the policy accept it',
    ],
    ['deleted', 'request the peering anew', 'request the peering anew'],
  ] as const)('says what to do when it was %s, by whose VPC it is', (status, theirs, ours) => {
    expect(told(status, { actor: 'eve' }).message).toContain(theirs);
    expect(told(status, { actor: 'eve' }).message).toContain(' by eve.');
    expect(told(status, {}, vpc('vpc-33333333', [])).message).toContain(ours);
  });
});
