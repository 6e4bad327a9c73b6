import { decide } from './decide.ts';
import type { Decision, ViewWithFacts } from './decision.ts';
import { withoutFreezes } from './guardrails.ts';
import { isOpen, isStricter, maybeMatches } from './judgement.ts';
import type { Policy } from './schema.ts';
import { softwareWarnings } from './software-warnings.ts';
import { shown, subjectOf } from './subject.ts';

/** CIDRs of the accepter VPC are not in a pending peering, but its own view knows them. */
function withKnownRemote({ view, facts }: ViewWithFacts, accepter: ViewWithFacts): ViewWithFacts {
  const known = accepter.facts.localCidrs;
  return view.remote.cidrs.length > 0 || known === undefined
    ? { view, facts }
    : { view: { ...view, remote: { ...view.remote, cidrs: known } }, facts };
}

/**
 * Decides whether this account accepts a peering, from all views that it has of it.
 *
 * The accepter's view decides. If this account owns the requester's side as well, a hold or reject rule that matches
 * there restrains the decision, and so does what is in the way of its own routes; that no rule matches there says nothing.
 */
export function decidePeering(views: readonly ViewWithFacts[], policy: Policy): Decision {
  const accepter = views.find(({ view }) => view.direction === 'inbound');
  if (accepter === undefined) {
    return {
      decision: 'hold',
      reasons: ["The accepter's side was not read in a managed Region of this account."],
      rules: [],
      routableCidrs: [],
      managed: false,
    };
  }
  const others = views.filter((each) => each !== accepter).map((other) => withKnownRemote(other, accepter));
  const decision = others.reduce(
    (sofar, other) => restrained(sofar, other, decide(other.view, policy, other.facts)),
    decide(accepter.view, policy, accepter.facts),
  );
  // Of the accepter's view they are among the reasons already.
  const warnings = others.flatMap(({ view, facts }) => softwareWarnings(subjectOf(view, facts)));
  return warnings.length === 0 || decision.decision === 'reject'
    ? decision
    : { ...decision, reasons: [...decision.reasons, ...warnings] };
}

/** A decision of the accepter's view, made no looser by what is decided of another view. */
function restrained(decision: Decision, { view }: ViewWithFacts, restraint: Decision): Decision {
  const { rule, effect } = restraint;
  const open = restraint.rules.filter((outcome) => outcome.effect !== 'accept' && isOpen(outcome));
  const matched = effect === 'hold' || effect === 'reject';
  // Its own side would be routed as well, so what is in the way there counts like here, and that its tables were not read does, too.
  const isRouted = effect === 'accept' || restraint.onceAccepted !== undefined;
  const inTheWay = isRouted ? (restraint.guardrails ?? []) : [];
  const side = `Seen from the requester's side (${shown(view.local.vpcId)}): `;
  if (!matched && open.length === 0 && inTheWay.length === 0) {
    const { waitsFor = [] } = restraint;
    return waitsFor.length === 0
      ? decision
      : { ...decision, reasons: [...decision.reasons, ...waitsFor.map((each) => `${side}${each}`)] };
  }
  const heldFor = [
    ...open.map(({ rule: name }) => `${side}whether rule ${name} matches is not known.`),
    ...withoutFreezes(inTheWay).filter((reason) => !decision.reasons.includes(reason)),
  ];
  const outcome = effect === 'reject' ? 'reject' : 'hold';
  const wins = matched && isStricter(outcome, decision.effect ?? 'accept');
  return {
    ...decision,
    decision: isStricter(outcome, decision.decision) ? outcome : decision.decision,
    ...(wins && rule !== undefined ? { rule, effect } : {}),
    reasons: [
      ...decision.reasons,
      ...(matched ? [`${side}rule ${rule} matches and has the effect ${effect}.`] : []),
      ...open.map((each) => maybeMatches(`${side}whether`, each)),
      ...inTheWay.filter((reason) => !decision.reasons.includes(reason)).map((reason) => `${side}${reason}`),
    ],
    ...(heldFor.length === 0 ? {} : { heldFor: [...(decision.heldFor ?? []), ...heldFor] }),
    ...(outcome === 'reject' ? { routableCidrs: [], managed: false } : {}),
  };
}
