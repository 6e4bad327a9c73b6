/**
 * The policy file's schema: one source for the types, the defaults, the checks, the JSON Schema for editors and the
 * reference in docs/policy.md. Build time only: what runs in AWS imports its types and nothing else.
 */
import { z } from 'zod';
import { HANDED_BACK } from '../model/opt-in.ts';
import { MESH } from '../model/pair.ts';
import { printable } from '../model/printable.ts';
import { s3PlaceIn } from '../model/s3-place.ts';
import { type AddressFamily, CidrError, parseCidr } from '../network/cidr.ts';
import { daysOfText, MAX_EXPIRE_DAYS } from './expiry-date.ts';
import { notifySlips } from './notify-slips.ts';
import { hasWildcard } from './patterns.ts';
import { parseProbeTarget } from './probe-target.ts';
import { REGION_FORM } from './regions.ts';
import { scheduleProblem } from './schedule.ts';

/** AWS allows 128 characters in a tag key. */
const MAX_TAG_KEY = 128;
const MAX_TAG_VALUE = 256;

/** Far more than people can keep in mind; keeps the review of a policy quick, which compares all pairs. */
export const MAX_RULES = 1000;

/** Each is looked for among all VPCs, and has an entry of its own in the policy. */
const MAX_CONNECTIONS = 100;

/** The longest of the tags that the product writes under the prefix. */
const LONGEST_TAG = ':routes-synced-at';
const MAX_TAG_PREFIX = MAX_TAG_KEY - LONGEST_TAG.length;

/** Text that `problemOf` finds no fault with. It returns what is wrong, in words that say what would be right. */
export function validatedText(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const problem = problemOf(text);
    if (problem !== undefined) {
      context.addIssue({
        code: 'custom',
        message: `"${printable(text, 80)}" is not valid: ${problem}`,
        input: text,
      });
    }
  });
}

/** Text in canonical form, or the problem that parsing it finds. */
function canonicalText(parse: (text: string) => { readonly text: string }) {
  return z.string().transform((text, context) => {
    try {
      return parse(text).text;
    } catch (error) {
      if (!(error instanceof CidrError)) {
        throw error;
      }
      context.addIssue({ code: 'custom', message: error.message, input: text });
      return z.NEVER;
    }
  });
}

const cidr = canonicalText(parseCidr).describe(
  'A block of addresses, such as 10.64.0.0/10 or 2001:db8::/56.',
);

const probeTarget = canonicalText(parseProbeTarget).describe(
  'An address to ping, such as 10.64.1.10, or one with a TCP port: 10.64.1.10:5432 or [2001:db8::1]:443.',
);

/** The 12 digits inside what people write for them: the console's groups of four, an ARN, a number that lost its zero. */
function accountHint(text: string): string {
  const digits = text.replace(/[-\s._]/g, '');
  const inArn = /^arn:[a-z-]+:[a-z-]+:[a-z0-9-]*:([0-9]{12})(:|$)/.exec(text)?.[1];
  const id = inArn ?? (/^[0-9]{12}$/.test(digits) ? digits : undefined);
  if (id !== undefined) {
    return `; write "${id}"`;
  }
  return /^[0-9]{9,11}$/.test(text)
    ? `; this has ${text.length}, so write "${text.padStart(12, '0')}" if leading zeros were lost`
    : '';
}

export const accountId = validatedText((text) =>
  /^[0-9]{12}$/.test(text) ? undefined : `an account id is 12 digits, in quotes${accountHint(text)}`,
);

export const organizationId = validatedText((text) =>
  /^o-[a-z0-9]{10,32}$/.test(text) ? undefined : 'an organization looks like o-a1b2c3d4e5',
);

const OWN_ACCOUNT = /^(me|mine|my|own|this|same|here|self)$/i;
const ANY_ACCOUNT = /^(any|all|anyone|anybody|everyone|everybody|each)$/i;

function accountPatternHint(text: string): string {
  if (OWN_ACCOUNT.test(text)) return '; write self';
  return ANY_ACCOUNT.test(text) ? '; write "*" if anybody was meant' : accountHint(text);
}

const accountPattern = validatedText((text) => {
  if (text === 'self' || /^[0-9]{12}$/.test(text)) {
    return undefined;
  }
  return hasWildcard(text) && /^[0-9*]{1,12}$/.test(text)
    ? undefined
    : `an account is 12 digits in quotes, "self" for this account, or a pattern such as "*"${accountPatternHint(text)}`;
}).describe('12 digits in quotes, self for this account, or a pattern with *.');

const ownAccount = validatedText((text) => {
  if (/^[0-9]{12}$/.test(text)) {
    return undefined;
  }
  const everyOne = OWN_ACCOUNT.test(text) || ANY_ACCOUNT.test(text) || hasWildcard(text);
  const hint = everyOne
    ? '; leave local.accounts out if every account with this policy is meant'
    : accountHint(text);
  return `an account here is 12 digits in quotes${hint}`;
}).describe('12 digits in quotes.');

/** Text of the form of a Region. Whether there is such a Region, file-slips.ts says, which sees newRegions too. */
function regionText(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const problem = REGION_FORM.test(text) ? undefined : problemOf(text);
    if (problem !== undefined) {
      context.addIssue({
        code: 'custom',
        message: `"${printable(text, 80)}" is not valid: ${problem}`,
        input: text,
        params: { nearest: 'region' },
      });
    }
  });
}

const region = regionText((text) =>
  hasWildcard(text)
    ? 'patterns select in rules only; write every Region out here, such as us-east-1'
    : 'a Region looks like us-east-1 or ap-southeast-2',
);

const regionPattern = regionText((text) =>
  hasWildcard(text) && /^[a-z0-9*-]+$/.test(text)
    ? undefined
    : 'a Region looks like us-east-1, a pattern like "eu-*"',
).describe('A Region, or a pattern with *.');

const vpcPattern = validatedText((text) =>
  /^vpc-[0-9a-f*]+$/.test(text) || /^\*[0-9a-f*]*$/.test(text)
    ? undefined
    : 'a VPC looks like vpc-0123456789abcdef0, a pattern like "vpc-0a*"',
).describe('The id of a VPC, or a pattern with *.');

const tagValue = z
  .string()
  .max(MAX_TAG_VALUE, `a tag value has at most ${MAX_TAG_VALUE} characters, so this one never matches`);

const someTags = z.record(
  z.string().min(1).max(MAX_TAG_KEY, `a tag key has at most ${MAX_TAG_KEY} characters`),
  z.union([tagValue.transform((value) => [value]), z.array(tagValue).min(1)], {
    error: 'a tag selector is text, or a list of texts; put numbers, true and false in quotes',
  }),
);

const tags = someTags.default({});

/** Tags of subnets at the other end. None at all would select each subnet, which nobody has to write so. */
const subnetTags = someTags
  .refine((wanted) => Object.keys(wanted).length > 0, {
    error: 'name at least one tag, such as { Tier: shared }; a key with "*" takes any value',
  })
  .describe(
    'Only the subnets of the other VPC with all of these tags are routed, each by a route of its own: each key with a value, a list of values, or a pattern. Only subnets that this account sees have any.',
  );

/** Text lists that are left out or empty select everything. */
function patterns<Item extends z.ZodType<string>>(item: Item) {
  return z.array(item).default([]);
}

const local = z
  .strictObject({
    accounts: patterns(ownAccount).describe(
      'In which of several accounts that have this policy the rule counts. Left out: in all of them.',
    ),
    vpcs: patterns(vpcPattern).describe('VPCs of this account, by id.'),
    tags: tags.describe(
      'Tags of the VPC of this account: each key with a value, a list of values, or a pattern.',
    ),
    cidrs: patterns(cidr).describe(
      'Every CIDR of the VPC of this account lies inside one of these; for hold and reject, any overlaps one.',
    ),
    regions: patterns(regionPattern).describe('Regions of the VPC of this account.'),
  })
  .prefault({})
  .describe('The side that this account owns. What is left out matches anything.');

const organizationalUnit = validatedText((text) =>
  /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/.test(text)
    ? undefined
    : 'an organizational unit looks like ou-ab12-cdef3456, a root like r-ab12',
);

const remote = z
  .strictObject({
    accounts: patterns(accountPattern).describe(
      'Who owns the other side: 12 digits in quotes, self for this account, or "*" for anybody.',
    ),
    vpcs: patterns(vpcPattern).describe('VPCs of the other side, by id.'),
    regions: patterns(regionPattern).describe('Regions of the other side.'),
    cidrs: patterns(cidr).describe(
      'Every CIDR of the other VPC lies inside one of these; for hold and reject, any overlaps one. On a live peering one inside is enough, and only those are routed.',
    ),
    organizationalUnits: patterns(organizationalUnit).describe(
      'The other account is in one of these organizational units, at any depth.',
    ),
    accountTags: tags.describe('Tags that AWS Organizations has on the other account.'),
  })
  .prefault({})
  .describe('The other side. What is left out matches anything.');

const rule = z
  .strictObject({
    name: validatedText((text) => {
      if (text === HANDED_BACK) {
        return `a rule cannot be named ${HANDED_BACK}, because a route table that is tagged so takes no routes of any rule`;
      }
      return /^[a-z0-9-]{1,64}$/.test(text)
        ? undefined
        : 'a rule name has 1 to 64 characters of a-z, 0-9 and -, because tags of route tables name it';
    }).describe('Unique. Tags of route tables and of peerings name it.'),
    effect: z.enum(['accept', 'hold', 'reject']).describe('What happens to the requests that match.'),
    direction: z
      .enum(['inbound', 'outbound', 'any'])
      .default('any')
      .describe('Who asked: inbound when the other side did, outbound when this account did.'),
    local,
    remote,
    routes: z
      .strictObject({
        destinations: z
          .union([z.literal('all'), z.array(cidr), z.strictObject({ subnetTags })], {
            error:
              'destinations is all, a list of blocks such as [10.64.0.0/16], or tags of subnets such as { subnetTags: { Tier: shared } }',
          })
          .default('all')
          .describe(
            'The parts of the other VPC inside these blocks are routed; all for its whole CIDRs; subnetTags for its subnets with these tags.',
          ),
        exclude: z.array(cidr).default([]).describe('Blocks that are never routed.'),
        dnsResolution: z
          .boolean()
          .default(false)
          .describe('Lets the other side resolve private DNS names of this side.'),
      })
      .prefault({})
      .describe('What is routed over the peerings that match.'),
    probe: z
      .strictObject({
        targets: z
          .array(probeTarget)
          .default([])
          .describe(
            'Addresses on the other side to ping where this account sees no tagged instance there, and addresses with a TCP port to connect to.',
          ),
      })
      .prefault({})
      .describe('What the connectivity check asks on the other side.'),
    expireAfter: validatedText((text) =>
      daysOfText(text) === undefined
        ? `a time is days, such as 90d, from 1d to ${MAX_EXPIRE_DAYS}d`
        : undefined,
    )
      .optional()
      .describe(
        'How long after its acceptance a peering is routed, such as 90d, unless it is renewed. People are told a week and a day before. Left out: it does not end.',
      ),
    onExpiry: z
      .enum(['keep', 'delete'])
      .optional()
      .describe(
        'What becomes of a peering whose time is over: with keep, or left out, own routes go and the peering stays; with delete it is deleted once no own route leads to it.',
      ),
  })
  .refine(
    ({ effect, remote: { accounts, organizationalUnits, accountTags } }) =>
      effect !== 'accept' ||
      accounts.length > 0 ||
      organizationalUnits.length > 0 ||
      Object.keys(accountTags).length > 0,
    {
      path: ['remote', 'accounts'],
      error:
        'an accept rule has to say whose requests it accepts: list account ids or self here, or select by ' +
        'organizationalUnits or accountTags; write ["*"] to accept anybody\'s',
    },
  );

/** Tags that select VPCs to connect. None would select every VPC there is, which nobody means by leaving something out. */
const connectedTags = tags.unwrap().refine((selector) => Object.keys(selector).length > 0, {
  error: 'name at least one tag: without one, every VPC would be connected',
});

const onLeave = z
  .enum(['keep', 'delete'])
  .default('keep')
  .describe(
    'What becomes of a peering that the product requested, once its VPCs lose the tags: keep leaves it, delete deletes it after leaveAfter, and a message before.',
  );

const leaveAfter = validatedText((text) =>
  /^[1-9][0-9]{0,2}[hd]$/.test(text) ? undefined : 'a waiting time is a number of hours or days: 12h, 7d',
)
  .default('7d')
  .describe('With onLeave: delete, how long a peering stays after the tags have gone.');

const connection = z.strictObject({
  name: validatedText((text) => {
    if (text === MESH) {
      return 'a connection cannot be named mesh, because tags of peerings say mesh for those of the mesh';
    }
    return /^[a-z0-9-]{1,64}$/.test(text)
      ? undefined
      : 'a connection name has 1 to 64 characters of a-z, 0-9 and -, because tags of peerings name it';
  }).describe('Unique. Tags of the peerings that are requested for it name it.'),
  hub: z
    .strictObject({ tags: connectedTags.describe('Tags of the VPCs of this account that are hubs.') })
    .describe('VPCs of this account, each of which is to be peered with each spoke. They request.'),
  spokes: z
    .strictObject({
      tags: connectedTags.describe('Tags of the VPCs that are spokes.'),
      accounts: patterns(
        validatedText((text) =>
          text === 'self' || /^[0-9]{12}$/.test(text)
            ? undefined
            : `an account here is 12 digits in quotes, or "self" for this account${accountHint(text)}`,
        ),
      ).describe(
        "Whose VPCs: self for this account, 12 digits in quotes for one whose stack has a reader's role that trusts this account. Left out: this account's, or, with organizationalUnits, that of any account there.",
      ),
      organizationalUnits: z
        .array(organizationalUnit)
        .min(1, 'organizationalUnits names at least one unit; leave it out if there is none')
        .optional()
        .describe(
          'Only VPCs of accounts in one of these organizational units or roots, at any depth. AWS Organizations is asked before each look.',
        ),
    })
    .describe('VPCs that are to be peered with each hub, and not with each other.'),
  onLeave,
  leaveAfter,
});

const roleArn = validatedText((text) =>
  /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,511}$/.test(text)
    ? undefined
    : 'a role looks like arn:aws:iam::111122223333:role/peering-autopilot-organization-reader',
);

const schedule = validatedText(scheduleProblem);

/** What keeps text from being the ARN of an SNS topic that messages and alarms can go to. */
export function standardTopic(text: string): string | undefined {
  if (/^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[\w-]{1,256}\.fifo$/.test(text)) {
    return 'alarms cannot publish on a FIFO topic, and it delivers no mails; name a standard topic';
  }
  return /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[\w-]{1,256}$/.test(text)
    ? undefined
    : 'a topic is written as its ARN, such as arn:aws:sns:us-east-1:111122223333:network';
}

const topicArn = validatedText(standardTopic).describe(
  'An SNS topic that is there already, in the Region of the stack: messages go to it, and the stack makes none.',
);

const emails = z
  .array(z.email('this is no e-mail address'))
  .default([])
  .describe('Each address gets a message to confirm first.');

const chat = z.enum(['messages', 'buttons']);

const reportBucket = validatedText((text) => {
  if (text === 'stack' || s3PlaceIn(text) !== undefined) {
    return undefined;
  }
  return text.startsWith('s3://')
    ? 'this is no place in S3; write s3://BUCKET, s3://BUCKET/DIRECTORY/ or s3://BUCKET/DIRECTORY/peerings.html'
    : 'the page is kept in a bucket: write stack for one that the stack makes, or s3://BUCKET/DIRECTORY/ for one of this account that is there already';
});

/** Where one severity goes, in place of what is said for all. */
const destinations = z.union(
  [
    z.literal('events'),
    z.strictObject({ emails, topic: topicArn.optional(), chat: chat.optional().describe('As notify.chat.') }),
  ],
  { error: 'it goes to a map of emails, topic and chat, or, with events, to nobody' },
);

/** Ids of IPAM are hexadecimal after their prefix (EC2 API reference, DescribeIpamPools and DescribeIpamScopes). */
function ipamId(prefix: 'ipam-pool' | 'ipam-scope') {
  return validatedText((text) =>
    new RegExp(`^${prefix}-[0-9a-f]{8,64}$`).test(text)
      ? undefined
      : `it looks like ${prefix}-0123456789abcdef0`,
  );
}

/** What of Amazon VPC IPAM is the address plan. */
const ipam = z
  .strictObject({
    pools: z
      .array(
        z.strictObject({
          id: ipamId('ipam-pool').describe('The id of the pool.'),
          region: region.describe(
            "The locale of the pool, which is where its allocations are read; of a pool without one, the IPAM's home Region.",
          ),
        }),
      )
      .default([])
      .describe(
        "Pools of this account's IPAM, or shared with it by AWS RAM. A range counts as allocated by what they say.",
      ),
    scope: z
      .strictObject({
        id: ipamId('ipam-scope').describe('The id of the scope.'),
        region: region.describe('The home Region of the IPAM.'),
      })
      .optional()
      .describe(
        'A scope of the IPAM of this account, which shows the VPCs of the whole organization: a range that another VPC there has is held. Without pools it also says which ranges are allocated.',
      ),
  })
  .refine(({ pools, scope }) => pools.length > 0 || scope !== undefined, {
    error: 'name at least one pool, or the scope, that says which ranges are allocated',
  });

function prefixLength(family: AddressFamily, fallback: number) {
  const bits = family === 'ipv4' ? 32 : 128;
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
  return z.int().min(0).max(bits).default(fallback).describe(`Prefix length of ${name} CIDRs.`);
}

const tagPrefix = validatedText((text) => {
  if (text.length > MAX_TAG_PREFIX) {
    return `at most ${MAX_TAG_PREFIX} characters, because "<prefix>${LONGEST_TAG}" is a tag key and AWS allows ${MAX_TAG_KEY}`;
  }
  if (/^aws:/i.test(text)) {
    return 'AWS keeps tags that start with aws: to itself';
  }
  return /^[A-Za-z0-9+=._:/@-]+$/.test(text) ? undefined : 'use letters, digits and + - = . _ : / @ only';
});

export const policySchema = z
  .strictObject({
    version: z.literal(1).describe('The version of this format.'),
    mode: z
      .enum(['enforce', 'observe'])
      .default('enforce')
      .describe('observe changes nothing in EC2 and SSM; it reports what it would do.'),
    regions: z
      .array(region)
      .default([])
      .describe('The Regions to work in. Left out: the one that the stack is deployed to.'),
    newRegions: z
      .array(region)
      .optional()
      .describe(
        'Regions that AWS opened after this version was made, so that they are not taken for mistakes.',
      ),
    tagPrefix: tagPrefix.default('peering-autopilot').describe('What the names of all tags start with.'),
    notify: z
      .strictObject({
        emails,
        topic: topicArn.optional(),
        chat: chat
          .optional()
          .describe(
            'Tells a second topic too, in the form that Amazon Q Developer shows in Slack and Microsoft Teams; buttons also accepts and rejects held requests from there. Left out: no chat.',
          ),
        action: destinations
          .optional()
          .describe(
            'Where messages go by which a person has to do something, and alarms, instead: to just these. events: no message, only what is on the bus.',
          ),
        notice: destinations
          .optional()
          .describe(
            'Where messages go that are good to know, with nothing to do, instead: to just these. events: no message, only what is on the bus.',
          ),
      })
      .superRefine((notify, context) => {
        for (const { path, message } of notifySlips(notify)) {
          context.addIssue({ code: 'custom', path: [...path], message, input: notify });
        }
      })
      .prefault({})
      .describe('Who is told of decisions and alarms.'),
    report: z
      .strictObject({
        publish: reportBucket.describe(
          'After each sweep the page of peering report is put into a bucket, which stays closed to the public: stack for one that the stack makes, or s3://BUCKET/DIRECTORY/ for one of this account that is there already.',
        ),
      })
      .optional()
      .describe('Where people without the command read how the peerings are. Left out: nowhere.'),
    schedules: z
      .strictObject({
        sweep: schedule.default('rate(5 minutes)').describe('How often every Region is looked over.'),
        connectivity: schedule.default('rate(5 minutes)').describe('How often peerings are pinged.'),
      })
      .prefault({})
      .describe("EventBridge's rate(...) or cron(...) expressions."),
    drift: z
      .strictObject({
        repair: z.boolean().default(true).describe('Whether routes that drifted are put right.'),
        onUntag: z
          .enum(['keep', 'remove'])
          .default('keep')
          .describe('What happens to the routes of a peering that lives on but is no longer allowed.'),
      })
      .prefault({})
      .describe('What is done when routes differ from what the policy asks for.'),
    guardrails: z
      .strictObject({
        freeze: z
          .boolean()
          .default(false)
          .describe('true accepts nothing at all; routes are written and repaired as ever.'),
        maxRemotePrefix: z
          .strictObject({ ipv4: prefixLength('ipv4', 8), ipv6: prefixLength('ipv6', 32) })
          .prefault({})
          .describe('The widest CIDR of another VPC that is accepted and routed: 8 takes /8 and narrower.'),
        quotaHeadroom: z
          .int()
          .min(0)
          .default(5)
          .describe('Hold when an acceptance would leave fewer free peerings than this for the VPC.'),
        peeringsPerVpc: z
          .int()
          .min(1)
          .default(50)
          .describe("The account's quota of active peerings per VPC."),
        routesPerTable: z
          .int()
          .min(1)
          .default(500)
          .describe("The account's quota of routes per route table, for IPv4 and IPv6 each."),
        widerRoutes: z
          .enum(['hold', 'allow'])
          .default('hold')
          .describe(
            'What a wider route to elsewhere (a summary route to a transit gateway, say) does to a request; allow lets the peering route win.',
          ),
        equalRoutes: z
          .enum(['hold', 'wait'])
          .default('hold')
          .describe(
            'What a route to elsewhere at the very same destination does to a request; wait accepts it, and the peering route comes once that route is gone (a move from a transit gateway, say).',
          ),
        maxDeletesPercent: z
          .int()
          .min(1)
          .max(100)
          .optional()
          .describe(
            'A plan that would delete a larger share than this of the routes that the product has in a table or in the account is kept back until a person looks at it. Left out: 50, and ten may always go.',
          ),
        ipam: ipam
          .optional()
          .describe(
            "Accepts only requests whose ranges Amazon VPC IPAM has allocated to the requester's account or VPC, and routes no new range of a peering without. What cannot be read is held.",
          ),
        maxRequests: z
          .int()
          .min(0)
          .optional()
          .describe(
            'Where connect or mesh asks for more new peerings than this, none is requested until a person looks at it. Left out: 25.',
          ),
      })
      .prefault({})
      .describe('Limits on what accept rules can do.'),
    trust: z
      .strictObject({
        organization: organizationId
          .optional()
          .describe('Stacks of every account of this organization may send hints.'),
        accounts: z.array(accountId).default([]).describe('Stacks of these accounts may send hints.'),
      })
      .prefault({})
      .describe('Whose stacks may tell this one where to look. A hint is never believed, only looked into.'),
    organization: z
      .strictObject({
        role: roleArn
          .optional()
          .describe(
            "The ARN of a role in the organization's management account or a delegated administrator's. Left out: the functions' own roles read, which works in these accounts only.",
          ),
      })
      .optional()
      .describe(
        'How organizationalUnits and accountTags of rules, and organizationalUnits of spokes, are looked up.',
      ),
    metrics: z
      .strictObject({
        perPeering: z
          .boolean()
          .default(false)
          .describe('Metrics for each peering too. CloudWatch charges for each of them.'),
        connectivity: z
          .boolean()
          .optional()
          .describe(
            'Loss and round-trip time of all pings as metrics in every hour, also where nothing is lost. CloudWatch charges for both.',
          ),
      })
      .prefault({})
      .describe('What is measured.'),
    connectivity: z
      .strictObject({
        periods: z.int().min(1).default(3).describe('Checks in a row that have to fail before the alarm.'),
        lossThresholdPercent: z
          .number()
          .gt(0)
          .max(100)
          .default(100)
          .describe('From this packet loss on a check has failed.'),
        // The SSM document takes no more: Systems Manager lists only the first 2,500 characters of what they print.
        count: z.int().min(1).max(20).default(5).describe('Pings in each check.'),
      })
      .prefault({})
      .describe('When the connectivity check calls a peering unreachable.'),
    rules: z
      .array(rule)
      .max(MAX_RULES, `a policy has at most ${MAX_RULES} rules`)
      .default([])
      .describe('Nothing matches: hold. Several match: the most restrictive wins.'),
    connect: z
      .array(connection)
      .min(1, 'connect names at least one connection; leave it out if there is none')
      .max(MAX_CONNECTIONS, `a policy has at most ${MAX_CONNECTIONS} connections`)
      .optional()
      .describe('Peerings that should exist between hubs and spokes: what is missing is requested.'),
    mesh: z
      .strictObject({
        tags: connectedTags.describe('Tags of the VPCs of this account that are all peered with each other.'),
        onLeave,
        leaveAfter,
      })
      .optional()
      .describe('Peerings that should exist between all VPCs of this account with these tags.'),
  })
  .superRefine(({ rules, connect = [] }, context) => {
    for (const [key, named] of [
      ['rules', rules],
      ['connect', connect],
    ] as const) {
      const seen = new Map<string, number>();
      for (const [index, { name }] of named.entries()) {
        const first = seen.get(name);
        if (first === undefined) {
          seen.set(name, index);
        } else {
          context.addIssue({
            code: 'custom',
            path: [key, index, 'name'],
            message: `${key}[${first}] has the name ${name} already; tags name ${key === 'rules' ? 'rules' : 'connections'}, so each name has to be unique`,
            input: name,
          });
        }
      }
    }
  });

/** A policy with every default filled in. */
export type Policy = z.output<typeof policySchema>;
/** A policy as a file may write it. */
export type PolicyInput = z.input<typeof policySchema>;
export type Rule = Policy['rules'][number];
export type Effect = Rule['effect'];
export type Connection = NonNullable<Policy['connect']>[number];
