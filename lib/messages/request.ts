import type { Notification } from '../model/notification.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import { printable } from '../model/printable.ts';
import type { Decision } from '../policy/decision.ts';

/** SNS refuses a longer subject (SNS API reference, Publish). */
const SUBJECT_LENGTH = 100;

/** Longer than any line that a message needs. */
const LINE_LENGTH = 500;

function side(name: string, { accountId, region, vpcId, cidrs }: PeeringSide): string {
  const blocks = cidrs.length === 0 ? 'CIDRs not visible' : cidrs.join(', ');
  return printable(`${name}: ${vpcId} in account ${accountId}, ${region}, ${blocks}`, LINE_LENGTH);
}

/** More lines of reasons than this nobody reads, and SNS takes 256 KB (SNS API reference, Publish). */
const MAX_REASONS = 100;

function listed(reasons: readonly string[]): string[] {
  const more = reasons.length - MAX_REASONS;
  return [
    ...reasons.slice(0, MAX_REASONS).map((reason) => `  - ${printable(reason, LINE_LENGTH)}`),
    ...(more > 0 ? [`  - and ${more} more; the log has all of them.`] : []),
  ];
}

const OUTCOMES = {
  accept: { done: 'accepted', would: 'would be accepted' },
  reject: { done: 'rejected', would: 'would be rejected' },
  hold: { done: 'held', would: 'would be held' },
} as const;

/** What a person can type to decide otherwise. Acceptance is always made in the accepter VPC's Region. */
function nextSteps({ decision }: Decision, { peeringId, accepter }: Peering): string[] {
  const command = (verb: string, region: string) =>
    printable(`  aws ec2 ${verb} --vpc-peering-connection-id ${peeringId} --region ${region}`, LINE_LENGTH);
  if (decision === 'accept') {
    return ['To end the peering:', command('delete-vpc-peering-connection', accepter.region)];
  }
  if (decision === 'reject') {
    return [
      'A rejected request cannot be taken up again. If it should have been accepted, change the policy, deploy it,',
      'and have it requested once more.',
    ];
  }
  return [
    'To accept it:',
    command('accept-vpc-peering-connection', accepter.region),
    'To reject it:',
    command('reject-vpc-peering-connection', accepter.region),
    'To have requests like it decided for you, add or change a rule in peering-policy.yml and deploy.',
  ];
}

/** The message about one decided request: who asked, which VPCs and CIDRs, what was decided and why, what to type. */
export function requestNotification(
  peering: Peering,
  decision: Decision,
  mode: 'enforce' | 'observe',
): Notification {
  const outcome = OUTCOMES[decision.decision][mode === 'observe' ? 'would' : 'done'];
  const rule = decision.rule === undefined ? 'no rule of the policy matches' : `rule ${decision.rule}`;
  const lines = [
    printable(
      `Account ${peering.requester.accountId} asked to peer with ${peering.accepter.vpcId}. The request ${mode === 'observe' ? '' : 'was '}${outcome} (${rule}).`,
      LINE_LENGTH,
    ),
    '',
    `Peering:   ${printable(peering.peeringId, LINE_LENGTH)}`,
    side('Requester', peering.requester),
    side('Accepter', peering.accepter),
    ...(peering.expiresAt === undefined ? [] : [`Expires:   ${peering.expiresAt.toISOString()}`]),
    '',
    'Why:',
    ...listed([
      ...decision.reasons,
      ...(decision.rule === undefined
        ? decision.rules.flatMap(({ rule: name, mismatches }) =>
            mismatches.map((mismatch) => `rule ${name}: ${mismatch}`),
          )
        : []),
    ]),
    '',
    ...(mode === 'observe'
      ? ['The policy says mode: observe, so nothing was done. With mode: enforce it would be.', '']
      : []),
    ...nextSteps(decision, peering),
  ];
  return {
    subject: printable(
      `VPC peering ${peering.peeringId} ${outcome}: ${peering.requester.accountId} -> ${peering.accepter.vpcId}`,
      SUBJECT_LENGTH,
    ),
    message: lines.join('\n'),
  };
}
