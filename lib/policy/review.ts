/**
 * Looks over a valid policy for what is allowed and yet probably not meant: rules that never match or never win, rules
 * of different effect that overlap, and rules that are wider than they look. Pure.
 */

import { append } from '../model/append.ts';
import { expiresTagKey } from '../model/tags.ts';
import { contains, overlaps, parseCidr } from '../network/cidr.ts';
import { acceptedAccounts } from './accepted-accounts.ts';
import { destinationsOf } from './destinations.ts';
import { daysOfText } from './expiry-date.ts';
import { byPrecedence } from './judgement.ts';
import { hasWildcard, matchesPattern, patternCovers, patternsIntersect } from './patterns.ts';
import { subnetTagsOf } from './peer-subnets.ts';
import { parseProbeTarget } from './probe-target.ts';
import { carriesEvents, isKnownRegion, partitionOf } from './regions.ts';
import type { Policy, Rule } from './schema.ts';

export interface PolicyRemark {
  /** Where in the policy: keys and indexes. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** So many days before a peering ends people are told first. */
const DAYS_BEFORE = 7;

/** Rules that one remark names; more are counted. */
const MAX_LISTED = 10;

/** How two lists of one kind relate; an empty list selects everything. */
interface Relation {
  readonly covers: (wide: readonly string[], narrow: readonly string[]) => boolean;
  readonly meets: (a: readonly string[], b: readonly string[]) => boolean;
}

function relation(
  itemCovers: (wide: string, narrow: string) => boolean,
  itemMeets: Relation['meets'],
): Relation {
  return {
    covers: (wide, narrow) =>
      wide.length === 0 ||
      (narrow.length > 0 && narrow.every((item) => wide.some((block) => itemCovers(block, item)))),
    meets: (a, b) => a.length === 0 || b.length === 0 || itemMeets(a, b),
  };
}

const byPattern = relation(patternCovers, (a, b) => a.some((x) => b.some((y) => patternsIntersect(x, y))));

/** `self` may be any account that a pattern stands for, so a pattern with `*` is taken to meet it. */
const byAccount = relation(patternCovers, (a, b) =>
  a.some((x) =>
    b.some(
      (y) => patternsIntersect(x, y) || (x === 'self' && hasWildcard(y)) || (y === 'self' && hasWildcard(x)),
    ),
  ),
);

const byCidr = relation(
  (wide, narrow) => contains(parseCidr(wide), parseCidr(narrow)),
  (a, b) => {
    const blocks = b.map(parseCidr);
    return a.map(parseCidr).some((x) => blocks.some((y) => overlaps(x, y)));
  },
);

/** Every selector of a rule as a list, with the way to compare it. Tags count as one list per key. */
function selectorsOf({
  direction,
  local,
  remote,
}: Rule): Map<string, readonly [readonly string[], Relation]> {
  const selectors = new Map<string, readonly [readonly string[], Relation]>([
    ['direction', [direction === 'any' ? [] : [direction], byPattern]],
    ['local.accounts', [local.accounts, byPattern]],
    ['local.vpcs', [local.vpcs, byPattern]],
    ['local.regions', [local.regions, byPattern]],
    ['local.cidrs', [local.cidrs, byCidr]],
    ['remote.accounts', [remote.accounts, byAccount]],
    ['remote.vpcs', [remote.vpcs, byPattern]],
    ['remote.regions', [remote.regions, byPattern]],
    ['remote.cidrs', [remote.cidrs, byCidr]],
  ]);
  // An account is in one unit and all those above it, so different units can hold the same account.
  if (remote.organizationalUnits.length > 0) {
    selectors.set('remote.organizationalUnits', [
      remote.organizationalUnits,
      { covers: byPattern.covers, meets: () => true },
    ]);
  }
  for (const [key, values] of Object.entries(local.tags)) {
    selectors.set(`local.tags ${key}`, [values, byPattern]);
  }
  for (const [key, values] of Object.entries(remote.accountTags)) {
    selectors.set(`remote.accountTags ${key}`, [values, byPattern]);
  }
  return selectors;
}

type Selectors = ReturnType<typeof selectorsOf>;

/** Whether `wide` matches everything that `narrow` matches. False where that cannot be told. */
function ruleCovers(wide: Selectors, narrow: Selectors): boolean {
  return [...wide].every(([key, [values, { covers }]]) => covers(values, narrow.get(key)?.[0] ?? []));
}

function rulesMeet(a: Selectors, b: Selectors): boolean {
  return [...a].every(([key, [values, { meets }]]) => meets(values, b.get(key)?.[0] ?? []));
}

function precedenceRemarks(rules: readonly Rule[]): PolicyRemark[] {
  const known = rules.map((rule, index) => ({ rule, index, selectors: selectorsOf(rule) }));
  const strongestFirst = known.toSorted((a, b) =>
    byPrecedence({ rule: a.rule.name, effect: a.rule.effect }, { rule: b.rule.name, effect: b.rule.effect }),
  );
  const remarks: PolicyRemark[] = [];
  for (const [place, weaker] of strongestFirst.entries()) {
    const stronger = strongestFirst.slice(0, place);
    const path = ['rules', weaker.index];
    const winner = stronger.find(({ selectors }) => ruleCovers(selectors, weaker.selectors));
    if (winner !== undefined) {
      const why = winner.rule.effect === weaker.rule.effect ? 'comes first by name' : 'is more restrictive';
      remarks.push({
        path,
        message:
          `rule ${weaker.rule.name} (${weaker.rule.effect}) never wins: rule ${winner.rule.name} ` +
          `(${winner.rule.effect}) matches everything that it matches, and ${why}`,
      });
      continue;
    }
    const meeting = stronger.filter(
      ({ rule, selectors }) => rule.effect !== weaker.rule.effect && rulesMeet(selectors, weaker.selectors),
    );
    if (meeting.length > 0) {
      const names = meeting.slice(0, MAX_LISTED).map(({ rule }) => `${rule.name} (${rule.effect})`);
      const more = meeting.length > MAX_LISTED ? ` and ${meeting.length - MAX_LISTED} more` : '';
      remarks.push({
        path,
        message:
          `rule ${weaker.rule.name} (${weaker.rule.effect}) can match the same peering as ${names.join(', ')}${more}; ` +
          'there the more restrictive rule wins',
      });
    }
  }
  return remarks;
}

const VPC_ID = /^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/;

/** A rule that is for others than the account which the policy is for. */
function elsewhereAlone(
  { name, local: { accounts } }: Rule,
  path: readonly (string | number)[],
  accountId: string | undefined,
): PolicyRemark[] {
  return accountId === undefined || accounts.length === 0 || accounts.includes(accountId)
    ? []
    : [
        {
          path: [...path, 'local', 'accounts'],
          message: `rule ${name} never matches in account ${accountId}, which is not in local.accounts [${accounts.join(', ')}]`,
        },
      ];
}

/** Selectors that nothing can satisfy. */
function neverMatching(rule: Rule, path: readonly (string | number)[], policy: Policy): PolicyRemark[] {
  const remarks: PolicyRemark[] = [];
  const { regions } = policy;
  if (
    regions.length > 0 &&
    rule.local.regions.length > 0 &&
    !rule.local.regions.some((pattern) => regions.some((region) => matchesPattern(pattern, region)))
  ) {
    remarks.push({
      path: [...path, 'local', 'regions'],
      message: `rule ${rule.name} never matches: none of these Regions is in the policy's regions [${regions.join(', ')}]`,
    });
  }
  for (const side of ['local', 'remote'] as const) {
    for (const [index, vpc] of rule[side].vpcs.entries()) {
      if (!hasWildcard(vpc) && !VPC_ID.test(vpc)) {
        remarks.push({
          path: [...path, side, 'vpcs', index],
          message: `${vpc} matches no VPC: an id has 8 or 17 hexadecimal digits after vpc-`,
        });
      }
    }
  }
  const remote = rule.remote.cidrs.map(parseCidr);
  if (remote.length > 0) {
    const { destinations: named } = rule.routes;
    const destinations = Array.isArray(named) ? named : [];
    for (const [index, destination] of destinations.entries()) {
      const block = parseCidr(destination);
      if (!remote.some((cidr) => overlaps(cidr, block))) {
        remarks.push({
          path: [...path, 'routes', 'destinations', index],
          message: `${destination} is never routed: it lies outside remote.cidrs of rule ${rule.name}`,
        });
      }
    }
    for (const [index, target] of rule.probe.targets.entries()) {
      const { address, port } = parseProbeTarget(target);
      const { family, value } = address;
      if (!remote.some((cidr) => cidr.family === family && cidr.first <= value && value <= cidr.last)) {
        remarks.push({
          path: [...path, 'probe', 'targets', index],
          message: `${target} is never ${port === undefined ? 'pinged' : 'connected to'}: it lies outside remote.cidrs of rule ${rule.name}`,
        });
      }
    }
  }
  return remarks;
}

/** A rule by which peerings are accepted, and nothing is routed, whatever the other VPC has. */
function routingNothing(rule: Rule, path: readonly (string | number)[]): PolicyRemark[] {
  const { name, effect, remote, routes } = rule;
  const { destinations, exclude } = routes;
  const named = Array.isArray(destinations) ? destinations : undefined;
  if (effect === 'reject') {
    return [];
  }
  if (named?.length === 0) {
    return [
      {
        path: [...path, 'routes', 'destinations'],
        message: `rule ${name} routes nothing: routes.destinations is an empty list; leave it out if all is meant`,
      },
    ];
  }
  const selected = remote.cidrs.length > 0 ? remote.cidrs : named;
  const isNothing =
    exclude.length > 0 &&
    selected !== undefined &&
    (named !== undefined || destinations === 'all') &&
    destinationsOf(rule, { routableCidrs: selected }).length === 0;
  const of = named === undefined ? 'remote.cidrs' : 'routes.destinations';
  return isNothing
    ? [
        {
          path: [...path, 'routes', 'exclude'],
          message: `rule ${name} routes nothing: routes.exclude takes out all that ${of} selects`,
        },
      ]
    : [];
}

/** Blanks at an end of a tag's key or value are a part of it, so the tag that people see beside it does not match. */
function blanksAround(
  tags: Readonly<Record<string, readonly string[]>>,
  path: readonly (string | number)[],
  name: string,
): PolicyRemark[] {
  return Object.entries(tags).flatMap(([key, values]) =>
    [key, ...values]
      .filter((text) => text !== text.trim())
      .map((text) => ({
        path: [...path, key],
        message: `"${text}" in ${name} begins or ends with a blank, which is a part of the tag; if "${text.trim()}" is meant, take it out`,
      })),
  );
}

function blanksInTags(rule: Rule, path: readonly (string | number)[]): PolicyRemark[] {
  const name = `rule ${rule.name}`;
  return [
    ...blanksAround(rule.local.tags, [...path, 'local', 'tags'], name),
    ...blanksAround(rule.remote.accountTags, [...path, 'remote', 'accountTags'], name),
    ...blanksAround(subnetTagsOf(rule) ?? {}, [...path, 'routes', 'destinations', 'subnetTags'], name),
  ];
}

function blanksInConnections({ connect = [], mesh }: Policy): PolicyRemark[] {
  return [
    ...connect.flatMap(({ name, hub, spokes }, index) => [
      ...blanksAround(hub.tags, ['connect', index, 'hub', 'tags'], `connection ${name}`),
      ...blanksAround(spokes.tags, ['connect', index, 'spokes', 'tags'], `connection ${name}`),
    ]),
    ...blanksAround(mesh?.tags ?? {}, ['mesh', 'tags'], 'the mesh'),
  ];
}

/** Selectors that select more, or restrain less, than a reader may think. */
function widerThanTheyLook(rule: Rule, path: readonly (string | number)[]): PolicyRemark[] {
  const remarks: PolicyRemark[] = [];
  if (rule.effect !== 'accept') {
    return remarks;
  }
  const { accounts, organizationalUnits, accountTags } = rule.remote;
  const byOrganization = organizationalUnits.length > 0 || Object.keys(accountTags).length > 0;
  for (const [index, account] of accounts.entries()) {
    if (hasWildcard(account) && !byOrganization) {
      const whose = /^\*+$/.test(account)
        ? 'any AWS account in the world'
        : `every AWS account like ${account}, whoever owns it`;
      remarks.push({
        path: [...path, 'remote', 'accounts', index],
        message: `rule ${rule.name} accepts requests of ${whose}`,
      });
    }
  }
  for (const side of ['local', 'remote'] as const) {
    for (const [index, cidr] of rule[side].cidrs.entries()) {
      if (parseCidr(cidr).prefix === 0) {
        remarks.push({
          path: [...path, side, 'cidrs', index],
          message: `${cidr} in rule ${rule.name} is every address there is`,
        });
      }
    }
  }
  return remarks;
}

/** Where nothing but tags says for which VPCs of this account requests are accepted: who may tag a VPC decides that. */
function byTagsAlone({ name, effect, local }: Rule, path: readonly (string | number)[]): PolicyRemark[] {
  const keys = Object.keys(local.tags);
  const isNarrowed =
    (local.vpcs.length > 0 && !local.vpcs.includes('*')) ||
    (local.cidrs.length > 0 && local.cidrs.every((cidr) => parseCidr(cidr).prefix > 0));
  if (effect !== 'accept' || keys.length === 0 || isNarrowed) {
    return [];
  }
  const more = keys.length > MAX_LISTED ? ` and ${keys.length - MAX_LISTED} more` : '';
  return [
    {
      path: [...path, 'local', 'tags'],
      message:
        `rule ${name} selects VPCs of this account by tags alone, so whoever may tag a VPC decides which of them accept ` +
        `requests; limit who may set ${keys.slice(0, MAX_LISTED).join(', ')}${more} (docs/policy.md shows a service ` +
        'control policy), or name local.cidrs or local.vpcs too',
    },
  ];
}

/** Times of peerings that count for nothing, or that whoever may tag a peering sets. */
function timeRemarks(
  { name, effect, expireAfter, onExpiry }: Rule,
  path: readonly (string | number)[],
  { tagPrefix }: Policy,
): PolicyRemark[] {
  const remarks: PolicyRemark[] = [];
  const key = expireAfter === undefined ? 'onExpiry' : 'expireAfter';
  if (effect === 'reject') {
    return expireAfter === undefined && onExpiry === undefined
      ? []
      : [
          {
            path: [...path, key],
            message: `rule ${name} rejects, so nothing that it matches ever ends by its ${key}`,
          },
        ];
  }
  if ((daysOfText(expireAfter ?? '') ?? DAYS_BEFORE + 1) <= DAYS_BEFORE) {
    remarks.push({
      path: [...path, 'expireAfter'],
      message: `people are told ${DAYS_BEFORE} days before a peering ends; with ${expireAfter} in rule ${name} that is as soon as it is accepted`,
    });
  }
  if (onExpiry === 'delete') {
    const when = expireAfter === undefined ? 'only when' : 'also when';
    remarks.push({
      path: [...path, 'onExpiry'],
      message:
        `rule ${name} has peerings deleted, ${when} the tag ${expiresTagKey(tagPrefix)} of one says so, and a deleted peering cannot be brought ` +
        'back; limit who may set that tag on peerings (docs/policy.md shows a service control policy)',
    });
  }
  return remarks;
}

/** Subnets of VPCs of others, which this account does not see: nothing is then accepted or routed by the rule. */
function unseenSubnets(rule: Rule, path: readonly (string | number)[]): PolicyRemark[] {
  const { accounts } = rule.remote;
  const others = accounts.filter((account) => account !== 'self');
  if (
    subnetTagsOf(rule) === undefined ||
    rule.effect === 'reject' ||
    (accounts.length > 0 && others.length === 0)
  ) {
    return [];
  }
  const whose = accounts.length === 0 ? 'any account' : others.slice(0, MAX_LISTED).join(', ');
  return [
    {
      path: [...path, 'routes', 'destinations', 'subnetTags'],
      message:
        `rule ${rule.name} routes subnets by tags, also of VPCs of ${whose}: an account sees subnets of another one only if ` +
        'they are shared with it, and only tags that it set itself; where it sees none, the rule holds and routes nothing',
    },
  ];
}

/** Accounts that the rules name, and that the role that accepts has no room for. */
function accountRemarks(policy: Policy): PolicyRemark[] {
  const accepted = acceptedAccounts(policy);
  return accepted.kind === 'many'
    ? [
        {
          path: ['rules'],
          message:
            `the accept rules name more accounts than fit into the policy of a role (${accepted.most}), so IAM does not ` +
            'hold whose requests are accepted; the code alone decides',
        },
      ]
    : [];
}

/** Selectors by organization that nothing may be able to look up, and a way to look up that nothing uses. */
function organizationRemarks({ rules, organization, connect = [] }: Policy): PolicyRemark[] {
  const asking = rules.findIndex(
    ({ remote }) => remote.organizationalUnits.length > 0 || Object.keys(remote.accountTags).length > 0,
  );
  const looking = connect.findIndex(({ spokes }) => spokes.organizationalUnits !== undefined);
  const rule = rules[asking];
  if (rule === undefined && looking >= 0) {
    return organization === undefined
      ? [
          {
            path: ['connect', looking, 'spokes', 'organizationalUnits'],
            message:
              `connection ${connect[looking]?.name} looks for spokes in organizational units, and organization.role names no role ` +
              "to look them up with; without one it finds none, except in the management account or a delegated administrator's " +
              '(write organization: {} there)',
          },
        ]
      : [];
  }
  if (rule === undefined) {
    return organization === undefined
      ? []
      : [{ path: ['organization'], message: 'no rule selects by organizationalUnits or accountTags' }];
  }
  return organization === undefined
    ? [
        {
          path: ['rules', asking, 'remote'],
          message:
            `rule ${rule.name} selects by organization, and organization.role names no role to look it up with; without ` +
            "one it holds, except in the management account or a delegated administrator's (write organization: {} there)",
        },
      ]
    : [];
}

/** Whether some rule can accept what this account requests of itself. */
function acceptsOwn({ effect, remote: { accounts, organizationalUnits, accountTags } }: Rule): boolean {
  return (
    effect === 'accept' &&
    (organizationalUnits.length > 0 ||
      Object.keys(accountTags).length > 0 ||
      accounts.some((account) => account === 'self' || hasWildcard(account) || /^[0-9]{12}$/.test(account)))
  );
}

/** Of a VPC, however often the quota is raised (VPC quotas). */
const MOST_PEERINGS = 125;

/** More than AWS gives, of what is requested until it is full. */
function quotaRemarks({
  peeringsPerVpc,
  quotaHeadroom,
  routesPerTable,
}: Policy['guardrails']): PolicyRemark[] {
  const room = Math.max(0, peeringsPerVpc - quotaHeadroom);
  return [
    ...(peeringsPerVpc > MOST_PEERINGS
      ? [
          {
            path: ['guardrails', 'peeringsPerVpc'],
            message: `AWS gives a VPC ${MOST_PEERINGS} peerings at most, so ${peeringsPerVpc} never are: connect more VPCs by a transit gateway`,
          },
        ]
      : []),
    ...(room > routesPerTable
      ? [
          {
            path: ['guardrails', 'routesPerTable'],
            message: `a table takes ${routesPerTable} routes, and connect and mesh may peer a VPC with ${room} others, each of which takes one at least; connect so many VPCs by a transit gateway`,
          },
        ]
      : []),
  ];
}

/** Requests that nothing can accept, and a limit of requests where none is made. */
function connectRemarks({ connect = [], mesh, rules, guardrails }: Policy): PolicyRemark[] {
  const asks = connect.length > 0 || mesh !== undefined;
  if (!asks) {
    return guardrails.maxRequests === undefined
      ? []
      : [
          {
            path: ['guardrails', 'maxRequests'],
            message: 'there is neither connect nor mesh, so nothing is requested whatever maxRequests says',
          },
        ];
  }
  // Which accounts are in organizational units, nobody knows here.
  const inside = connect.findIndex(
    ({ spokes: { accounts, organizationalUnits } }) =>
      accounts.includes('self') || (accounts.length === 0 && organizationalUnits === undefined),
  );
  const isOwn = inside >= 0 || mesh !== undefined;
  return !isOwn || rules.some(acceptsOwn)
    ? quotaRemarks(guardrails)
    : [
        ...quotaRemarks(guardrails),
        {
          path: inside >= 0 ? ['connect', inside] : ['mesh'],
          message:
            'peerings inside this account are requested, and no rule accepts requests of this account, so all of them are ' +
            'held; write a rule whose remote.accounts has self',
        },
      ];
}

/** Neither a fault nor to be put right: whoever writes such a policy expects events to arrive, and they do not. */
function stayingEvents({ regions, schedules }: Policy): PolicyRemark[] {
  const [first] = regions;
  const partition = first === undefined ? '' : partitionOf(first);
  return regions.length < 2 || carriesEvents(partition)
    ? []
    : [
        {
          path: ['regions'],
          message:
            `EventBridge carries no events between Regions of the partition ${partition}: in each Region but that of deployment ` +
            `requests and changes are found by the sweep (schedules.sweep: ${schedules.sweep}) and not at once`,
        },
      ];
}

/** The key has done its work; left in, it would hide a mistake in one of these names. */
function newRegionRemarks({ newRegions = [] }: Policy): PolicyRemark[] {
  return newRegions.flatMap((region, index) =>
    isKnownRegion(region)
      ? [{ path: ['newRegions', index], message: `this version knows ${region}; take it out of newRegions` }]
      : [],
  );
}

/** @param accountId the one account that the policy is for, where that is known. */
export function reviewPolicy(policy: Policy, accountId?: string): PolicyRemark[] {
  const remarks: PolicyRemark[] = [];
  if (policy.rules.length === 0) {
    remarks.push({ path: [], message: 'there are no rules, so every request is held' });
  }
  const { quotaHeadroom, peeringsPerVpc } = policy.guardrails;
  if (quotaHeadroom >= peeringsPerVpc) {
    remarks.push({
      path: ['guardrails', 'quotaHeadroom'],
      message: `nothing is ever accepted: ${quotaHeadroom} of ${peeringsPerVpc} peerings have to stay free`,
    });
  }
  for (const [index, rule] of policy.rules.entries()) {
    const path = ['rules', index];
    const ofRule = [
      elsewhereAlone(rule, path, accountId),
      neverMatching(rule, path, policy),
      widerThanTheyLook(rule, path),
      byTagsAlone(rule, path),
      timeRemarks(rule, path, policy),
      unseenSubnets(rule, path),
      routingNothing(rule, path),
      blanksInTags(rule, path),
    ];
    append(remarks, ofRule.flat());
  }
  return [
    ...remarks,
    ...stayingEvents(policy),
    ...newRegionRemarks(policy),
    ...connectRemarks(policy),
    ...blanksInConnections(policy),
    ...organizationRemarks(policy),
    ...accountRemarks(policy),
    ...precedenceRemarks(policy.rules),
  ];
}
