import type { Acceptance } from '../model/acceptance.ts';
import { didYouMean } from '../policy/did-you-mean.ts';
import type { Policy } from '../policy/schema.ts';
import type { AssessedRequest, ByHand, RequestSide } from './types.ts';

/** Whether a person may accept a request: what `peering accept` goes by, and what people are advised. */

export type JudgedRequest = Omit<AssessedRequest, 'byHand'>;

export const OBSERVED =
  'The policy says mode: observe, so nothing is answered. Write mode: enforce into it first.';

/** The side of the accepter, which decides. */
function accepterSide({ sides }: JudgedRequest): RequestSide | undefined {
  return sides.find(({ view }) => view.direction === 'inbound');
}

function choosable({ rules }: Pick<Policy, 'rules'>): string[] {
  return rules.filter(({ effect }) => effect !== 'reject').map(({ name }) => name);
}

/** The rule that would manage the peering: the one that matches it once it is live, else the one that is named. */
export function ruleFor(
  request: JudgedRequest,
  policy: Policy,
  as: string | undefined,
): { readonly rule: string; readonly how: Acceptance['how'] } | { readonly why: string } {
  const { peeringId } = request.peering;
  const matching = matchingRule(request);
  if (matching !== undefined) {
    return as === undefined || as === matching
      ? { rule: matching, how: 'matched' }
      : {
          why: `Rule ${matching} matches ${peeringId}, so it is managed by that rule; --as is for requests that no rule matches. Leave it out, or change the policy.`,
        };
  }
  const names = choosable(policy);
  const known = names.length === 0 ? 'the policy has none' : names.join(', ');
  if (as === undefined) {
    return {
      why: `No rule says which routes ${peeringId} would get. Name one with --as RULE: ${known}; or add a rule to the policy and deploy.`,
    };
  }
  if (names.includes(as)) {
    return { rule: as, how: 'chosen' };
  }
  const rejecting = policy.rules.some(({ name }) => name === as);
  const meant = didYouMean(as, names);
  return {
    why: rejecting
      ? `Rule ${as} rejects, so nothing is routed by it. Rules that accept or hold: ${known}.`
      : `The policy has no rule ${as}.${meant === undefined ? '' : ` Did you mean ${meant}?`} Rules that accept or hold: ${known}.`,
  };
}

function matchingRule(request: JudgedRequest): string | undefined {
  const matching = accepterSide(request)?.onceLive;
  return matching?.effect === 'reject' ? undefined : matching?.rule;
}

/** What speaks against it, although a person may answer what the policy holds: rules that reject, guardrails, the unknown. */
export function against(request: JudgedRequest): string[] {
  const { decision, sides } = request;
  if (decision.decision === 'reject') {
    return [...decision.reasons];
  }
  const side = accepterSide(request);
  return [
    ...new Set([
      ...(decision.guardrails ?? []),
      ...sides.flatMap(({ inTheWay }) => inTheWay),
      ...sides.flatMap(({ onceLive }) => onceLive.leftOut ?? []),
      ...sides.flatMap(({ onceLive }) => (onceLive.undecidable ? onceLive.reasons : [])),
      ...(side?.onceLive.managed || side?.onceLive.undecidable
        ? []
        : ['No rule of the policy would manage the peering.']),
    ]),
  ];
}

/** More rules than this are not told apart where none of them can be named. */
const MOST_RULES = 3;

/** Why no rule can be named: what is the same by all of them, else what it is by each. */
function whyNoRule(byRule: readonly { readonly rule: string; readonly why: readonly string[] }[]): string[] {
  const [first, ...others] = byRule;
  const common = (first?.why ?? []).filter((why) => others.every((each) => each.why.includes(why)));
  return common.length > 0
    ? common
    : byRule.slice(0, MOST_RULES).map(({ rule, why }) => `As rule ${rule}: ${why.join(' ')}`);
}

/**
 * What `propose` would answer, without a name and by each rule that could be named.
 *
 * @param judgedAs the same request, judged as if a person had named the rule.
 */
export function byHandOf(
  request: JudgedRequest,
  policy: Policy,
  judgedAs: (rule: string) => JudgedRequest,
): ByHand {
  if (policy.mode === 'observe') {
    return { kind: 'refused', why: [OBSERVED] };
  }
  const rule = matchingRule(request);
  if (rule !== undefined || request.decision.decision === 'reject') {
    const why = against(request);
    return rule === undefined || why.length > 0 ? { kind: 'refused', why } : { kind: 'possible', rule };
  }
  const names = choosable(policy);
  if (names.length === 0) {
    return {
      kind: 'refused',
      why: ['The policy has no rule that accepts or holds, so none says which routes it would get.'],
    };
  }
  const byRule = names.map((name) => ({ rule: name, why: against(judgedAs(name)) }));
  const rules = byRule.filter(({ why }) => why.length === 0).map(({ rule: name }) => name);
  return rules.length > 0 ? { kind: 'choose', rules } : { kind: 'refused', why: whyNoRule(byRule) };
}
