import { readDestination } from '../network/destination.ts';
import type { Decision } from '../policy/decision.ts';
import { destinationsOf } from '../policy/destinations.ts';
import { byPrecedence } from '../policy/judgement.ts';
import type { Policy } from '../policy/schema.ts';
import { type Sides, suggestRule } from './suggest-rule.ts';
import { listed, shown } from './text.ts';

/** What a live peering gets of the product, once somebody has accepted it. */
export type Routing =
  | { readonly kind: 'no-rule' }
  /** It is unknown whether these rules match, and they would change the answer. */
  | { readonly kind: 'open'; readonly rules: readonly string[] }
  | { readonly kind: 'rejected'; readonly rule: string }
  | { readonly kind: 'no-address'; readonly rule: string }
  | { readonly kind: 'observe'; readonly rule: string }
  | { readonly kind: 'routed'; readonly rule: string; readonly destinations: readonly string[] };

function openRules({ rule, effect, rules }: Decision): string[] {
  return rules
    .filter(({ matched, mismatches, unknowns }) => !matched && mismatches.length === 0 && unknowns.length > 0)
    .filter((open) => rule === undefined || effect === undefined || byPrecedence(open, { rule, effect }) < 0)
    .map((open) => open.rule);
}

/** @param decision of the request or of the live peering: a person's acceptance makes a hold rule route it. */
export function routingOf(decision: Decision, policy: Policy): Routing {
  const { rule, effect, routableCidrs, subnets } = decision;
  if (effect === 'reject' && rule !== undefined) {
    return { kind: 'rejected', rule };
  }
  const open = openRules(decision);
  if (open.length > 0 || decision.undecidable === true) {
    return { kind: 'open', rules: open };
  }
  if (rule === undefined) {
    return { kind: 'no-rule' };
  }
  const whole = policy.rules.find(({ name }) => name === rule);
  const readable = routableCidrs.filter((cidr) => readDestination(cidr) !== undefined);
  const addresses = { routableCidrs: readable, ...(subnets === undefined ? {} : { subnets }) };
  const destinations = whole === undefined ? readable : destinationsOf(whole, addresses);
  if (destinations.length === 0) {
    return { kind: 'no-address', rule };
  }
  return policy.mode === 'observe'
    ? { kind: 'observe', rule }
    : {
        kind: 'routed',
        rule,
        destinations: destinations.map((each) => (typeof each === 'string' ? each : each.text)),
      };
}

/** Which addresses, and in which tables. */
export function routedText(
  { destinations }: Extract<Routing, { kind: 'routed' }>,
  { tagPrefix }: Pick<Policy, 'tagPrefix'>,
): string {
  return `${listed(destinations)}, in each route table whose tag ${shown(tagPrefix)}:routes is * or names the rule`;
}

/** What becomes of a peering that a person accepts, as the second half of a sentence. */
export function routingText(routing: Routing, policy: Pick<Policy, 'tagPrefix'>): string {
  switch (routing.kind) {
    case 'no-rule':
      return 'nothing is routed: no rule matches it.';
    case 'open':
      return routing.rules.length === 0
        ? 'nothing is routed as long as something about it cannot be read.'
        : `nothing is routed as long as it is unknown whether rule ${listed(routing.rules)} matches.`;
    case 'rejected':
      return `nothing is routed: rule ${shown(routing.rule)} rejects it.`;
    case 'no-address':
      return `rule ${shown(routing.rule)} matches it, but as things stand none of its addresses can be routed.`;
    case 'observe':
      return `rule ${shown(routing.rule)} matches it, but nothing is routed: the policy says mode: observe.`;
    case 'routed':
      return `rule ${shown(routing.rule)} routes it: ${routedText(routing, policy)}.`;
  }
}

/** The rule that would accept and route a peering that none matches, to paste. */
export function suggestionLines(routing: Routing, sides: Sides, policy: Policy): string[] {
  const suggested = routing.kind === 'no-rule' ? suggestRule(sides, policy) : undefined;
  return suggested === undefined
    ? []
    : [
        'To have it routed, add this rule under "rules:" in peering-policy.yml and deploy. Requests like it are then accepted, and',
        'their routes written, unless another rule holds or rejects them, a guardrail forbids it or another route has the addresses:',
        '',
        ...suggested.yaml,
        '',
        `It writes to route tables whose tag ${shown(policy.tagPrefix)}:routes is * or names the rule.`,
      ];
}
