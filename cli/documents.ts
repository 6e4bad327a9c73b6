import { z } from 'zod';
import { FINDING_KINDS } from '../lib/model/finding.ts';
import { HISTORY_KINDS } from '../lib/model/history.ts';
import { HEALTHS } from '../lib/report/health-words.ts';

/**
 * The JSON documents that `--json` prints, and the file of `plan --out`. The published schemas in docs/schemas/ and the types
 * of the commands come from here. Of all of it only the plan file's runs in a command, which reads that file.
 */

const text = z.string();
const rule = text.nullable().describe('The rule that won; null when none matches.');
const reasons = z.array(text).describe('Every reason, as sentences.');
const decision = z.enum(['accept', 'hold', 'reject']);
const warnings = z.array(text);
const peeringName = text.nullable().describe('Its tag Name, as the accounts that were read see it.');

const viewDecision = z.strictObject({
  accountId: text,
  peeringId: text,
  region: text,
  localVpc: text,
  remoteVpc: text,
  status: text,
  decision,
  rule,
  reasons,
  standing: z
    .enum(['managed', 'expired', 'unmanaged', 'request', 'undecidable'])
    .describe(
      "managed: its routes are the product's work. expired: its time is over, so they are no more. unmanaged: live, but no rule routes it. undecidable: something unknown leaves it open.",
    ),
});

const ended = z
  .array(
    z.strictObject({
      accountId: text,
      region: text,
      peeringId: text,
      peeringName,
      status: text,
      statusMessage: text.describe('What AWS says of it.'),
      askedBy: z.enum(['ours', 'theirs']).describe('ours: this account had asked.'),
      requesterVpc: text,
      requesterAccount: text,
      accepterVpc: text,
      accepterAccount: text,
    }),
  )
  .describe('Requests and peerings that have ended, for as long as EC2 shows them.');

const ending = z.enum(['keep', 'delete']).describe('delete: the rule has the peering deleted.');

const expired = z
  .array(
    z.strictObject({
      accountId: text,
      region: text,
      peeringId: text,
      localVpc: text,
      rule: text,
      at: text.describe('When its time was over.'),
      onExpiry: ending,
      why: text,
    }),
  )
  .describe('Peerings that live on although their time is over, by side. They are no drift.');

const notJudged = z
  .array(z.strictObject({ accountId: text, region: text, resource: text, reason: text }))
  .describe('Of what nothing can be said: not everything else being fine makes this fine.');

const judgedBy = z
  .array(z.strictObject({ accountId: text, file: text, fingerprint: text }))
  .describe('The policy that judged each account: its file, and the SHA-256 of what it says.');

const heldBy = z
  .enum([
    'observe',
    'repair-off',
    'contested',
    'acceptance',
    'rejection',
    'activation',
    'mass-delete',
    'gap',
    'frozen',
  ])
  .nullable();

const change = z.strictObject({
  accountId: text,
  action: z.enum(['create', 'replace', 'delete']),
  region: text,
  routeTableId: text,
  destination: text,
  peeringId: text,
  rule,
  reason: text,
  after: text
    .nullable()
    .describe(
      'The request that has to be accepted first; for a route to a request that is rejected, that one.',
    ),
  heldBy: heldBy.describe('What keeps the functions from making it; null when nothing does.'),
});

const finding = z.strictObject({
  accountId: text,
  kind: z.enum(FINDING_KINDS),
  region: text,
  routeTableId: text.nullable(),
  destination: text.nullable(),
  peeringId: text.nullable(),
  detail: text,
  repairable: z.boolean().describe('Whether a change of the plan mends it.'),
  heldBy: heldBy.describe('What keeps that change from being made; null when nothing does.'),
  awaited: z
    .boolean()
    .describe(
      'The policy lets a route wait for another one to go (guardrails.equalRoutes: wait), so that nobody has to act.',
    ),
});

/** Of the AWS Security Finding Format (2018-10-08) what `report --compliance` fills. */
const asffVpcInfo = z.strictObject({
  OwnerId: text,
  Region: text,
  VpcId: text,
  CidrBlock: text.optional(),
  CidrBlockSet: z.array(z.strictObject({ CidrBlock: text })).optional(),
  Ipv6CidrBlockSet: z.array(z.strictObject({ Ipv6CidrBlock: text })).optional(),
  PeeringOptions: z.strictObject({ AllowDnsResolutionFromRemoteVpc: z.boolean() }).optional(),
});

const asffFinding = z.strictObject({
  SchemaVersion: z.literal('2018-10-08'),
  Id: text.max(512).describe('The same whenever it is made, so that Security Hub updates its finding.'),
  ProductArn: text,
  ProductName: text,
  GeneratorId: text,
  AwsAccountId: text,
  Types: z.array(text),
  CreatedAt: text.describe('When it was looked at.'),
  UpdatedAt: text.describe('When it was looked at.'),
  Severity: z.strictObject({ Label: z.enum(['INFORMATIONAL', 'LOW', 'MEDIUM']) }),
  Title: text.max(256),
  Description: text.max(1024),
  Remediation: z.strictObject({ Recommendation: z.strictObject({ Text: text.max(512), Url: text }) }),
  Compliance: z.strictObject({
    Status: z
      .enum(['PASSED', 'FAILED', 'NOT_AVAILABLE'])
      .describe('NOT_AVAILABLE: something that the check asks for was not visible.'),
    RelatedRequirements: z.array(text).max(32),
    StatusReasons: z.array(z.strictObject({ ReasonCode: text, Description: text })).max(20),
  }),
  Resources: z
    .array(
      z.strictObject({
        Type: z.enum(['AwsEc2VpcPeeringConnection', 'AwsEc2RouteTable', 'AwsAccount']),
        Id: text,
        Partition: text,
        Region: text,
        Details: z
          .strictObject({
            AwsEc2VpcPeeringConnection: z.strictObject({
              VpcPeeringConnectionId: text,
              Status: z.strictObject({ Code: text, Message: text }),
              RequesterVpcInfo: asffVpcInfo,
              AccepterVpcInfo: asffVpcInfo,
            }),
          })
          .optional(),
      }),
    )
    .min(1)
    .max(32),
  ProductFields: z
    .record(text, text)
    .describe('The peering, the side, and the route tables that were looked at.'),
  RecordState: z.literal('ACTIVE'),
});

const peeringOption = z.strictObject({
  accountId: text,
  region: text,
  peeringId: text,
  vpcId: text,
  side: z.enum(['requester', 'accepter']),
  rule: text,
});

const requestEnd = z.strictObject({
  accountId: text,
  region: text,
  vpcId: text,
  name: text.nullable().describe('The tag Name, of a VPC that was read.'),
  cidrs: z.array(text).describe('Empty: not visible.'),
});

const routesOfSide = z.strictObject({
  region: text,
  vpcId: text,
  rule: text.nullable().describe('The rule whose routes it gets; null: nothing is routed.'),
  isUndecided: z.boolean().describe('Something unknown leaves open which routes it gets.'),
  destinations: z.array(text).describe('What is really written there; empty: nothing, as things stand.'),
  inPlace: z
    .array(text)
    .describe(
      'What is there already: routes of these tables lead the addresses to the peering, so that nothing is written for them.',
    ),
  routeTables: z.array(text).describe('Tables of the VPC that are tagged for the rule and get just these.'),
});

const priceClass = z
  .enum(['same-zone', 'other-zone', 'other-region', 'unknown'])
  .describe('What the traffic costs: nothing inside a zone, the standard rates across zones and Regions.');

const roundTripTimes = z
  .strictObject({
    min: z.number(),
    avg: z.number(),
    max: z.number(),
    mdev: z
      .number()
      .nullable()
      .describe('null where the ping program prints none, and of several pings together.'),
  })
  .nullable()
  .describe('Milliseconds.');

const ping = z
  .strictObject({
    at: text,
    verdict: z.enum(['reachable', 'lossy', 'unreachable', 'mtu-limited', 'misresolved', 'none']),
    worst: text.nullable().describe('What gave the verdict: ping, TCP 5432, large packets, names.'),
    lossPercent: z.number().nullable(),
    averageRtt: z.number().nullable().describe('Milliseconds.'),
    roundTripTimes,
    priceClasses: z.array(priceClass),
    sources: z.array(text).describe('Instances that asked.'),
    targets: z.array(text).describe('Addresses that were asked.'),
  })
  .nullable()
  .describe('What the last check found, as the registry has it; null where it has nothing.');

const check = z
  .strictObject({
    state: z.enum(['checked', 'lost', 'not-checked', 'never-checked']),
    since: text.nullable().describe('not-checked: since when.'),
    why: text.nullable().describe('not-checked: why.'),
  })
  .nullable()
  .describe(
    'What the stack remembers of its checks; null for what it does not check, and where it remembers nothing.',
  );

const pairEnd = z.strictObject({
  accountId: text,
  region: text,
  vpcId: text,
  name: text.nullable().describe('Its tag Name; null where it has none, or was not read.'),
});

const connection = z.strictObject({
  accountId: text,
  connection: text.describe('Of the policy: the name in connect, or mesh.'),
  name: text.describe('What the peering is called, or will be.'),
  requester: pairEnd,
  accepter: pairEnd,
  state: z
    .enum([
      'connected',
      'requested',
      'to-request',
      'waits',
      'impossible',
      'refused',
      'kept',
      'leaving',
      'to-delete',
    ])
    .describe(
      'to-request, to-delete: done next. waits, impossible, refused: wanted, and the reason says why it is not requested. kept, leaving: wanted no more.',
    ),
  peeringId: text.nullable(),
  until: text.nullable().describe('leaving: when it is deleted. refused: when it is requested again.'),
  reason: text,
  heldBy: z
    .enum(['observe', 'frozen', 'mass-request'])
    .nullable()
    .describe('What keeps the functions from it; null when nothing does.'),
});

const planDocument = z.strictObject({
  decisions: z.array(viewDecision),
  ended,
  connections: z
    .array(connection)
    .describe('Pairs of VPCs that connect or mesh wants peered, or wanted so before.'),
  changes: z.array(change),
  peeringOptions: z
    .array(
      z.strictObject({
        ...peeringOption.shape,
        heldBy: z
          .enum(['frozen'])
          .nullable()
          .describe('What keeps the functions from setting it; null when nothing does.'),
      }),
    )
    .describe('DNS resolution that a rule asks for and that is off.'),
  deletions: z
    .array(
      z.strictObject({
        accountId: text,
        region: text,
        peeringId: text,
        rule: text,
        why: text,
        heldBy: z.enum(['observe', 'frozen']).nullable(),
        waitsFor: text
          .nullable()
          .describe('What has to come first; null: the next sweep of the stack deletes it.'),
        unread: z.array(text).describe('Regions of its other side that the stack reads before that.'),
      }),
    )
    .describe('Peerings that the stack deletes, because their time is over. peering apply deletes none.'),
  expired,
  findings: z.array(finding),
  notJudged,
  judgedBy,
  warnings,
});

const requestSide = z.strictObject({
  accountId: text,
  region: text,
  vpcId: text,
  cidrs: z.array(text).describe('Empty: not visible.'),
});

const account = z.string().regex(/^\d{12}$/);
const regionName = z.string().regex(/^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/);
const vpcId = z.string().regex(/^vpc-[0-9a-f]{8,17}$/);

const planFile = z.strictObject({
  kind: z.literal('peering-plan'),
  formatVersion: z.literal(1),
  madeAt: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/)
    .refine((at) => !Number.isNaN(Date.parse(at)), 'this is no time'),
  madeBy: text.describe('The version of the command.'),
  accountId: account,
  stage: text.describe('The stage of the stack whose registry was read.'),
  policy: z.strictObject({
    file: text,
    fingerprint: text.describe(
      'SHA-256 of what the policy says, as the output PolicyFingerprint of the stack.',
    ),
  }),
  regions: z.array(text).describe('Every Region that was read and judged.'),
  only: z
    .strictObject({ regions: z.array(regionName), vpcs: z.array(vpcId) })
    .describe('What --region and --vpc selected; empty: everything.'),
  requests: z.array(
    z.strictObject({
      region: text,
      peeringId: text,
      answer: z.enum(['accept', 'reject']),
      rule,
      requester: requestSide,
      accepter: requestSide,
    }),
  ),
  changes: z
    .array(
      z.strictObject({
        ...change.shape,
        seen: z
          .strictObject({ target: text, state: text })
          .nullable()
          .describe('The route that is replaced or deleted; null where one is created.'),
      }),
    )
    .describe('What apply makes: with what a person may let through, without what stays held.'),
  peeringOptions: z.array(peeringOption),
  connections: z
    .array(text)
    .optional()
    .describe('Peerings that are requested or deleted because connect or mesh says so; left out: none.'),
});

const ruleOutcome = z.strictObject({
  rule: text,
  effect: decision,
  matched: z.boolean(),
  mismatches: z.array(text),
  unknowns: z.array(text),
});

const policyProblem = z.strictObject({
  file: text.describe('The file that it is in; of a folder as a whole the folder.'),
  line: z.int().describe('From 1; 0 when the problem is the file as a whole.'),
  column: z.int(),
  path: text,
  message: text,
  allowed: z.array(text).nullable(),
  excerpt: text.nullable().describe('The line of the file, and in a second line a caret under the place.'),
});

/** By the name of the schema's file. */
const releaseNames = z
  .strictObject({
    version: text.nullable().describe('Of the product; null where nothing says it.'),
    fingerprint: text.nullable().describe('SHA-256 of what the policy says.'),
  })
  .describe('Which release a template is of.');

export const DOCUMENTS = {
  plan: planDocument,
  'plan-file': planFile,
  apply: z.strictObject({
    applied: z
      .boolean()
      .describe('false: nothing was to be done, or the plan of the file does not hold any more.'),
    differences: z
      .array(
        z.strictObject({
          kind: z
            .enum(['added', 'gone', 'differs'])
            .describe('added: not in the file, and would be done now.'),
          says: text,
        }),
      )
      .describe('How what would be done now differs from the file; then nothing was done. Else empty.'),
    requests: z.array(
      z.strictObject({
        peeringId: text,
        region: text,
        result: text,
        decision: decision.nullable(),
        reason: text,
      }),
    ),
    changes: z.array(
      z.strictObject({ ...change.omit({ after: true }).shape, outcome: text, errorCode: text.nullable() }),
    ),
    peeringOptions: z.array(z.strictObject({ ...peeringOption.shape, outcome: text, reason: text })),
    connections: z.array(
      z.strictObject({
        ...connection.pick({ name: true, requester: true, accepter: true }).shape,
        peeringId: text.nullable(),
        outcome: text,
        reason: text,
      }),
    ),
    left: z.array(text).describe('What was planned and not done, and why.'),
  }),
  init: z.strictObject({
    files: z.array(
      z.strictObject({
        path: text,
        outcome: z.enum(['written', 'kept', 'added to']).describe('kept: it was there, and is as it was.'),
      }),
    ),
  }),
  deploy: z.strictObject({
    stack: text,
    region: text,
    accountId: text,
    stage: text,
    action: z.enum(['create', 'update', 'unchanged']),
    before: releaseNames,
    after: releaseNames,
    changes: z
      .array(
        z.strictObject({
          action: z.enum(['add', 'modify', 'remove']),
          logicalId: text,
          type: text,
          replacement: z
            .enum(['yes', 'perhaps', 'no', 'unknown'])
            .describe('Whether the resource is made anew, and the old one deleted.'),
        }),
      )
      .describe('Of an update; of a new stack, everything is new.'),
    applied: z.boolean().describe('Whether it was carried out.'),
    outputs: z.record(text, text).describe('Of the stack, once it was carried out.'),
  }),
  remove: z.strictObject({
    stack: text,
    region: text,
    accountId: text,
    removed: z.boolean().describe('false: there was no stack, or the person did not agree.'),
    stays: z.array(text).describe('What is left in the account, as sentences.'),
  }),
  package: z.strictObject({
    directory: text,
    template: text.describe('The file with the template.'),
    bucket: text.nullable().describe('Where the code was uploaded to; null: nowhere yet.'),
    objects: z.array(z.strictObject({ key: text, file: text, bytes: z.int() })),
    capabilities: z.array(text).describe('What CloudFormation has to be told that the template makes.'),
    release: releaseNames,
  }),
  version: z.strictObject({
    command: text.describe('The version of this command.'),
    policy: z.strictObject({ file: text, fingerprint: text }).nullable(),
    stack: z
      .strictObject({
        name: text,
        region: text,
        accountId: text,
        version: text.nullable().describe('null: deployed by a version or tool that did not say.'),
        fingerprint: text.nullable(),
      })
      .nullable()
      .describe('null: there is none, or it could not be asked for.'),
    notes: z.array(text),
  }),
  drift: z.strictObject({
    findings: z.array(finding),
    planned: z
      .array(change)
      .describe(
        'Routes that the plan replaces or deletes although they are no drift: the policy, a tag or the ranges of a VPC have changed, or a time is over.',
      ),
    expired,
    notJudged,
    judgedBy,
    warnings,
  }),
  status: z.strictObject({
    views: z.array(
      z.strictObject({
        ...viewDecision.shape,
        health: z
          .enum(HEALTHS)
          .describe('The worst that is true of this side; ok where it was judged and nothing was found.'),
        peeringName,
        localName: text.nullable(),
        remoteName: text.nullable().describe('null where its VPC was not read.'),
        remoteAccount: text,
        remoteRegion: text,
        routes: z.strictObject({ desired: z.int(), present: z.int() }),
        expires: z
          .strictObject({
            at: text,
            by: z.enum(['rule', 'tag', 'renewal']).describe('What says so.'),
            state: z
              .enum(['running', 'due', 'over'])
              .describe('due: its time is over, and it goes on until people have known that for a day.'),
            onExpiry: ending,
          })
          .nullable()
          .describe('When its time is over; null: nothing lets it end.'),
        lastPing: ping,
        check,
        notes: z.array(text).describe('What a person should know of it, if anything.'),
      }),
    ),
    ended,
    notJudged,
    judgedBy,
    warnings,
  }),
  requests: z.strictObject({
    requests: z.array(
      z.strictObject({
        accountId: text,
        peeringId: text,
        peeringName,
        region: text,
        answeredBy: z.enum(['us', 'them']).describe('them: this account asked, another one answers.'),
        requester: requestEnd,
        accepter: requestEnd,
        expiresAt: text.nullable(),
        decision: decision.describe('Of a request that waits for a person: hold.'),
        rule,
        reasons,
        inTheWay: z.array(text).describe('What keeps its routes from being made, as sentences.'),
        byHand: z
          .strictObject({
            kind: z
              .enum(['possible', 'choose', 'refused'])
              .describe('Whether peering accept takes it: as it is, with --as RULE, or not.'),
            rules: z.array(text).describe('By which rule, or by which of these.'),
            why: z.array(text).describe('Why it is refused.'),
          })
          .nullable()
          .describe('null: another account answers it.'),
        peeredBy: z
          .strictObject({ peeringId: text, how: z.enum(['live', 'accepted-first']) })
          .nullable()
          .describe(
            'The peering that its two VPCs have, or get first (accepted-first): nobody can accept this one then.',
          ),
        isInReach: z
          .boolean()
          .describe(
            'false: another account answers it; or it is answered in a Region that is not managed or was not read, where the functions, peering accept and peering reject do not answer.',
          ),
        heldBy: z
          .enum(['observe', 'frozen', 'no-stack'])
          .nullable()
          .describe(
            'What keeps the functions, peering accept and peering reject from answering it: mode: observe, peering freeze, no stack that was found. null: nothing does.',
          ),
        refused: z
          .strictObject({ call: text, code: text })
          .nullable()
          .describe(
            'The call by which the functions would answer it, where AWS has refused it within the last day.',
          ),
        wouldRoute: z
          .array(routesOfSide)
          .describe(
            'What each side that this account owns gets once it is live, by what stands in its tables.',
          ),
      }),
    ),
    ends: z
      .array(
        z.strictObject({
          accountId: text,
          region: text,
          peeringId: text,
          peeringName,
          localVpcs: z.array(text).describe('Of the sides of this account in the Region that end.'),
          remoteVpc: text,
          remoteAccount: text,
          rule: text,
          at: text.describe('When it ends at the earliest; of one that has ended, when that was.'),
          state: z
            .enum(['running', 'due', 'over'])
            .describe(
              'due: its time is over, and it goes on until people have known that for a day. over: it has ended, and routes or its deletion are still to come.',
            ),
          by: z.enum(['rule', 'tag', 'renewal']).describe('What says when it ends.'),
          onExpiry: ending,
          why: text,
          follows: z
            .array(text)
            .describe('What is done then, and what keeps it from being done, as sentences.'),
          renew: text.describe('The command that gives it more time.'),
        }),
      )
      .describe('Peerings that end within a week, by Region, the soonest first.'),
    notJudged,
    judgedBy,
    warnings,
  }),
  renew: z.strictObject({
    peeringId: text,
    by: text.describe('The ARN of the caller.'),
    because: text,
    until: text,
    regions: z.array(text).describe('Where the registry has it.'),
    sides: z.array(
      z.strictObject({
        region: text,
        localVpc: text,
        before: text.describe('When it ended before that.'),
        after: text.nullable(),
      }),
    ),
    changes: z.array(change).describe('Routes that the stack makes because of it.'),
  }),
  history: z.strictObject({
    since: text,
    keptDays: z.int().describe('Older events are gone.'),
    events: z
      .array(
        z.strictObject({
          at: text,
          region: text,
          kind: z.enum(HISTORY_KINDS),
          peeringId: text.nullable(),
          peeringName: peeringName.describe('Its tag Name; null as well where EC2 shows it no more.'),
          routeTableId: text.nullable(),
          by: text
            .nullable()
            .describe('policy: the product by itself. Else an ARN as AWS gave it; null: nobody said who.'),
          what: text,
          why: text,
        }),
      )
      .describe('Oldest first.'),
  }),
  logs: z.strictObject({
    since: text,
    region: text.describe('Where the stack is.'),
    functions: z.array(
      z.strictObject({
        name: text,
        extent: z
          .enum(['whole', 'cut', 'none'])
          .describe('cut: there is more than was read. none: the function has written no log.'),
        entries: z
          .array(
            z.strictObject({
              at: text.describe('When it was said last.'),
              first: text,
              times: z.int(),
              level: z.enum(['error', 'warning']),
              what: text,
              why: text,
              about: z.array(text),
              requestId: text.nullable().describe('Of the last time.'),
              remedy: text.nullable(),
            }),
          )
          .describe('Oldest first; warnings only with --all.'),
      }),
    ),
  }),
  accept: z.strictObject({
    peeringId: text,
    region: text,
    accepted: z
      .literal(true)
      .describe('Of a request that was not accepted there is no document, but an error.'),
    rule: text.describe('The rule by which it is managed from now on.'),
    how: z
      .enum(['matched', 'chosen'])
      .describe('matched: the rule matches by itself. chosen: no rule matched, and --as named this one.'),
    by: text.describe('Who accepted it: the ARN that STS gives for the credentials.'),
    changes: z.array(change).describe('What the stack makes next.'),
    findings: z.array(finding),
    left: z.array(text).describe('What was not done beside the answer, as sentences.'),
  }),
  reject: z.strictObject({
    peeringId: text,
    region: text,
    rejected: z
      .literal(true)
      .describe('Of a request that was not rejected there is no document, but an error.'),
    by: text.describe('Who rejected it: the ARN that STS gives for the credentials.'),
    because: text.nullable(),
    left: z.array(text).describe('What was not done beside the answer, as sentences.'),
  }),
  explain: z.strictObject({
    source: text,
    target: text,
    protocol: z.enum(['icmp', 'tcp', 'udp']).describe('icmp: a ping.'),
    port: z.int().nullable().describe('null for a ping.'),
    vpcs: z.array(text).describe('The VPCs of the two ends; an address that no VPC has is in none.'),
    reachable: z.union([z.boolean(), z.literal('not-visible')]),
    hops: z.array(
      z.strictObject({
        name: text,
        direction: z.enum(['there', 'back']),
        status: z.enum(['passes', 'fails', 'not-visible']),
        ids: z.array(text),
        sentence: text,
      }),
    ),
    firstFailure: z
      .strictObject({ hop: text, direction: z.enum(['there', 'back']), ids: z.array(text), sentence: text })
      .nullable(),
    summary: text,
    sizes: z
      .strictObject({
        vpcs: z.array(
          z.strictObject({
            accountId: text,
            vpcId: text,
            peerings: z.int().describe('With the requests that may become some.'),
            room: z
              .int()
              .describe('How many it may have: guardrails.peeringsPerVpc less guardrails.quotaHeadroom.'),
          }),
        ),
        connections: z.array(
          z.strictObject({
            accountId: text.describe('Whose policy has it.'),
            connection: text.describe('The name in connect, or mesh.'),
            shape: z.enum(['mesh', 'hub']),
            hubs: z.int(),
            spokes: z.int().describe('Of a mesh its VPCs, as are the hubs.'),
            peerings: z.int(),
            perVpc: z.int().describe('Of each hub, or each VPC of the mesh.'),
            fit: z.enum(['fits', 'near', 'outgrown']),
          }),
        ),
        says: z.array(text).describe('What has no room left, is too large or nearly, or is not known.'),
      })
      .describe('The VPCs of the two ends, and the connections (connect, mesh) that select one of them.'),
  }),
  ping: z.strictObject({
    results: z.array(
      z.strictObject({
        peeringId: text,
        region: text,
        sourceInstanceId: text,
        target: text,
        kind: z
          .enum(['ping', 'tcp', 'mtu', 'name'])
          .describe('mtu: large packets. name: where a DNS name leads.'),
        port: z.int().nullable().describe('Of kind tcp.'),
        name: text.nullable().describe('Of kind name.'),
        priceClass,
        verdict: z.enum(['reachable', 'lossy', 'unreachable', 'mtu-limited', 'misresolved', 'none']),
        transmitted: z.int().nullable(),
        received: z.int().nullable(),
        averageRtt: z.number().nullable().describe('Milliseconds.'),
        roundTripTimes,
        reason: text,
      }),
    ),
    skipped: z.array(z.strictObject({ peeringId: text, region: text, localVpc: text, reason: text })),
    warnings,
  }),
  report: z.strictObject({
    Findings: z
      .array(asffFinding)
      .describe(
        'Of --compliance, in the AWS Security Finding Format: BatchImportFindings takes 100 at a time.',
      ),
  }),
  'policy-check': z.strictObject({
    file: text.describe('The file or folder that was asked about.'),
    ok: z.boolean(),
    problems: z.array(policyProblem),
    warnings,
    sizes: z
      .array(text)
      .optional()
      .describe('How large connect and mesh can get; left out: the policy has neither.'),
  }),
  'policy-explain': z.strictObject({
    peeringId: text,
    status: text,
    decision,
    rule,
    effect: decision.nullable(),
    reasons,
    rules: z.array(ruleOutcome),
    otherSides: z
      .array(
        z.strictObject({
          accountId: text,
          region: text,
          localVpc: text,
          direction: z.enum(['inbound', 'outbound']).describe('inbound: the other end asked.'),
          decision,
          rule,
          effect: decision.nullable(),
          reasons,
          rules: z.array(ruleOutcome),
        }),
      )
      .describe(
        'The peering from its other side, where that was read too. What stands above is from the side that answers the request.',
      ),
    assumed: z.array(text).describe('What the event does not say and was taken for granted.'),
    expected: decision.nullable(),
    asExpected: z.boolean().nullable(),
  }),
  'policy-test': z.strictObject({
    cases: z.array(
      z.strictObject({
        name: text,
        ok: z.boolean(),
        expected: z.strictObject({ decision, rule: text.nullable() }),
        actual: z.strictObject({ decision, rule }),
        reasons,
      }),
    ),
    passed: z.int(),
    failed: z.int(),
  }),
  silence: z.strictObject({
    silences: z
      .array(
        z.strictObject({
          id: text.describe('A peering, route table or VPC.'),
          by: text.describe('Who said so: the ARN that STS gave for the credentials.'),
          because: text,
          since: text,
          until: text,
          regions: z.array(text),
        }),
      )
      .describe('Those that run; with ID the one that has begun, or none with --end.'),
  }),
  freeze: z.strictObject({
    regions: z.array(text),
    by: text,
    because: text,
    since: text,
    until: text.nullable().describe('null: until peering thaw.'),
  }),
  thaw: z.strictObject({ regions: z.array(text), by: text, because: text }),
  doctor: z.strictObject({
    checks: z.array(
      z.strictObject({
        area: text,
        region: text.nullable(),
        result: z.enum(['pass', 'warn', 'fail']),
        says: text,
        remedy: text.nullable(),
      }),
    ),
  }),
  snapshot: z.strictObject({
    directory: text,
    files: z.array(z.strictObject({ path: text, items: z.int() })),
  }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type DocumentName = keyof typeof DOCUMENTS;
export type Document<Name extends DocumentName> = z.output<(typeof DOCUMENTS)[Name]>;
