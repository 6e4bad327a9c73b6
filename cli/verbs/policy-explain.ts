import type { Peering } from '../../lib/model/peering.ts';
import type { Decision } from '../../lib/policy/decision.ts';
import { assess, tellAssessment } from '../assess.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { meant } from '../meant.ts';
import { peeringsRead } from '../nameables.ts';
import { findNamed, type Place, refuseOtherKind, tellNamed } from '../naming.ts';
import { shown } from '../output.ts';
import { type Policies, policiesOf } from '../policy.ts';
import { readJson } from '../read-json.ts';
import { answer, requestOf } from '../request.ts';
import { DECISION_PAINT } from '../rows.ts';
import { tellUnread } from '../unread.ts';
import type { ExitCode, Invocation, Verb } from '../verb.ts';

interface Explained {
  readonly peering: Pick<Peering, 'peeringId' | 'status'>;
  readonly decision: Decision;
  readonly assumed: readonly string[];
}

function explainEvent(file: string, policies: Policies, { output }: Invocation): Explained {
  const { accountId, peering } = requestOf(readJson(file));
  if (policies.howMany === 'several') {
    output.note(`note: Judged by ${shown(policies.fileOf(accountId), 200)}.`);
  }
  return { peering, ...answer({ accountId, peering, vpcs: new Map() }, policies.of(accountId)) };
}

const PLACE: Place = { name: '--peering', kinds: ['pcx'], what: 'a peering', ended: 'if-alone' };

async function explainPeering(invocation: Invocation, asked: string): Promise<Explained> {
  refuseOtherKind(asked, PLACE);
  const assessment = await assess(invocation, policiesOf(invocation));
  tellAssessment(invocation, assessment);
  tellUnread(invocation, assessment.source);
  const peerings = assessment.accounts.flatMap((account) => peeringsRead(account, invocation.options));
  const named = findNamed(asked, peerings, PLACE, 'the accounts and Regions that were read');
  tellNamed(invocation, named);
  const { id: peeringId } = named;
  const found = assessment.views.filter(({ view }) => view.peering.peeringId === peeringId);
  const view = found.find(({ view: { direction } }) => direction === 'inbound') ?? found[0];
  if (view !== undefined) {
    return { peering: view.view.peering, decision: view.decision, assumed: [] };
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

function writeText({ output }: Invocation, { peering, decision, assumed }: Explained): void {
  const { decision: word, rule, effect, reasons, rules } = decision;
  output.line(
    `${peering.peeringId} (${peering.status}): ${output.paint(word, DECISION_PAINT[word] ?? 'dim')}${
      rule === undefined
        ? ', no rule matches'
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
    output.line('  The policy has none.');
  }
  for (const { rule: name, effect: its, matched, mismatches, unknowns } of rules) {
    const state = matched ? 'matches' : mismatches.length > 0 ? 'does not match' : 'unknown';
    output.line(`  ${name} (${its}): ${output.paint(state, matched ? 'green' : 'dim')}`);
    for (const phrase of [...mismatches, ...unknowns]) {
      output.line(`      ${shown(phrase)}`);
    }
  }
  if (assumed.length > 0) {
    output.line();
    output.line(output.paint('Taken for granted, because the event does not say', 'bold'));
    for (const sentence of assumed) {
      output.line(`  ${sentence}`);
    }
  }
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
  const { peering, decision, assumed } = explained;
  const asExpected = expect === undefined ? undefined : decision.decision === expect;
  if (options.json) {
    const document: Document<'policy-explain'> = {
      peeringId: peering.peeringId,
      status: peering.status,
      decision: decision.decision,
      rule: decision.rule ?? null,
      effect: decision.effect ?? null,
      reasons: [...decision.reasons],
      rules: decision.rules.map(({ rule, effect, matched, mismatches, unknowns }) => ({
        rule,
        effect,
        matched,
        mismatches: [...mismatches],
        unknowns: [...unknowns],
      })),
      assumed: [...assumed],
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
