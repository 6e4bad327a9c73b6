import type { Peering } from '../../lib/model/peering.ts';
import type { Decision } from '../../lib/policy/decision.ts';
import type { AssessedView, OfAccount } from '../../lib/report/shown-assessment.ts';
import { assess, tellAssessment } from '../assess.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { meant } from '../meant.ts';
import { peeringsRead } from '../nameables.ts';
import { findNamed, type Place, refuseOtherKind, tellNamed } from '../naming.ts';
import { type Output, shown } from '../output.ts';
import { type Policies, policiesOf } from '../policy.ts';
import { readJson } from '../read-json.ts';
import { answer, requestOf } from '../request.ts';
import { DECISION_PAINT } from '../rows.ts';
import { tellUnread } from '../unread.ts';
import type { ExitCode, Invocation, Verb } from '../verb.ts';

/** How many rules the policy has that was asked. */
interface Asked {
  readonly ruleCount: number;
}

/** One side of a peering, with what the policy of its account says of it. */
type Side = Pick<OfAccount<AssessedView>, 'accountId' | 'view' | 'decision'> & Asked;

interface Explained extends Asked {
  readonly peering: Pick<Peering, 'peeringId' | 'status'>;
  readonly decision: Decision;
  /** The same peering from its other side, where that was read too: other rules may route it there. */
  readonly otherSides: readonly Side[];
  readonly assumed: readonly string[];
}

function explainEvent(file: string, policies: Policies, { output }: Invocation): Explained {
  const { accountId, peering } = requestOf(readJson(file));
  if (policies.howMany === 'several') {
    output.note(`note: Judged by ${shown(policies.fileOf(accountId), 200)}.`);
  }
  const policy = policies.of(accountId);
  return {
    peering,
    otherSides: [],
    ruleCount: policy.rules.length,
    ...answer({ accountId, peering, vpcs: new Map() }, policy),
  };
}

const PLACE: Place = { name: '--peering', kinds: ['pcx'], what: 'a peering', ended: 'if-alone' };

async function explainPeering(invocation: Invocation, asked: string): Promise<Explained> {
  refuseOtherKind(asked, PLACE);
  const policies = policiesOf(invocation);
  const assessment = await assess(invocation, policies);
  tellAssessment(invocation, assessment);
  tellUnread(invocation, assessment.source);
  const peerings = assessment.accounts.flatMap((account) => peeringsRead(account, invocation.options));
  const named = findNamed(asked, peerings, PLACE, 'the accounts and Regions that were read');
  tellNamed(invocation, named);
  const { id: peeringId } = named;
  const found = assessment.views
    .filter(({ view }) => view.peering.peeringId === peeringId)
    .map((each): Side => ({ ...each, ruleCount: policies.of(each.accountId).rules.length }));
  const side = found.find(({ view: { direction } }) => direction === 'inbound') ?? found[0];
  if (side !== undefined) {
    const otherSides = found.filter((each) => each !== side);
    const { decision, ruleCount } = side;
    return { peering: side.view.peering, decision, ruleCount, otherSides, assumed: [] };
  }
  const dead = assessment.accounts
    .flatMap(({ scopes }) => scopes)
    .flatMap(({ inventory }) => inventory.peerings)
    .find((peering) => peering.peeringId === peeringId);
  throw new CliError(
    dead === undefined
      ? `${peeringId} is in none of the accounts and Regions that were read. Name its Region with --region, or another profile (AWS_PROFILE).${meant(peeringId, peerings)}`
      : `${peeringId} is ${dead.status}: there is nothing left to decide. AWS says: ${shown(dead.statusMessage, 300)}`,
  );
}

function writeDecision(
  what: string,
  { decision: word, rule, effect, reasons, rules }: Decision,
  { ruleCount }: Asked,
  output: Output,
): void {
  // Where the side that decides was not read there is nothing that a rule could be held against.
  const isUnasked = rules.length === 0 && ruleCount > 0;
  output.line(
    `${what}: ${output.paint(word, DECISION_PAINT[word] ?? 'dim')}${
      rule === undefined
        ? `, no rule ${isUnasked ? 'was looked at' : 'matches'}`
        : ` by rule ${rule}${effect === word ? '' : ` (its effect is ${effect})`}`
    }`,
  );
  output.line();
  output.line(output.paint('Why', 'bold'));
  for (const reason of reasons) {
    output.line(`  ${shown(reason)}`);
  }
  output.line();
  output.line(output.paint('Rules', 'bold'));
  if (rules.length === 0) {
    output.line(
      isUnasked
        ? `  None of the policy's rules (${ruleCount}) was looked at: they are judged where the accepter is.`
        : '  The policy has none.',
    );
  }
  for (const { rule: name, effect: its, matched, mismatches, unknowns } of rules) {
    const state = matched ? 'matches' : mismatches.length > 0 ? 'does not match' : 'unknown';
    output.line(`  ${name} (${its}): ${output.paint(state, matched ? 'green' : 'dim')}`);
    for (const phrase of [...mismatches, ...unknowns]) {
      output.line(`      ${shown(phrase)}`);
    }
  }
}

function writeText({ output }: Invocation, explained: Explained): void {
  const { peering, decision, otherSides, assumed } = explained;
  writeDecision(`${peering.peeringId} (${peering.status})`, decision, explained, output);
  for (const side of otherSides) {
    const { view, accountId, decision: its } = side;
    const asked = view.direction === 'outbound' ? 'which asked' : 'which was asked';
    output.line();
    writeDecision(`From ${view.local.vpcId} of ${accountId} in ${view.region}, ${asked}`, its, side, output);
  }
  if (assumed.length > 0) {
    output.line();
    output.line(output.paint('Taken for granted, because the event does not say', 'bold'));
    for (const sentence of assumed) {
      output.line(`  ${sentence}`);
    }
  }
}

function decisionDocument({
  decision,
  rule,
  effect,
  reasons,
  rules,
}: Decision): Pick<Document<'policy-explain'>, 'decision' | 'rule' | 'effect' | 'reasons' | 'rules'> {
  return {
    decision,
    rule: rule ?? null,
    effect: effect ?? null,
    reasons: [...reasons],
    rules: rules.map(({ rule, effect, matched, mismatches, unknowns }) => ({
      rule,
      effect,
      matched,
      mismatches: [...mismatches],
      unknowns: [...unknowns],
    })),
  };
}

function documentOf({
  peering,
  decision,
  otherSides,
  assumed,
}: Explained): Omit<Document<'policy-explain'>, 'expected' | 'asExpected'> {
  return {
    peeringId: peering.peeringId,
    status: peering.status,
    ...decisionDocument(decision),
    otherSides: otherSides.map(({ view, accountId, decision: its }) => ({
      accountId,
      region: view.region,
      localVpc: view.local.vpcId,
      direction: view.direction,
      ...decisionDocument(its),
    })),
    assumed: [...assumed],
  };
}

export const run: Verb['run'] = async (invocation): Promise<ExitCode> => {
  const { options, output } = invocation;
  const { event, peering: peeringId, expect } = options;
  if ((event === undefined) === (peeringId === undefined)) {
    throw new CliError('Name what to explain: either --event FILE or --peering PEERING.');
  }
  const explained =
    event === undefined
      ? await explainPeering(invocation, peeringId ?? '')
      : explainEvent(event, policiesOf(invocation), invocation);
  const { decision } = explained;
  const asExpected = expect === undefined ? undefined : decision.decision === expect;
  if (options.json) {
    const document: Document<'policy-explain'> = {
      ...documentOf(explained),
      expected: expect ?? null,
      asExpected: asExpected ?? null,
    };
    output.json(document);
  } else {
    writeText(invocation, explained);
    if (asExpected === false) {
      output.line();
      output.line(output.paint(`Expected ${expect}, and it is ${decision.decision}.`, 'red'));
    }
  }
  return asExpected === false ? 1 : 0;
};
