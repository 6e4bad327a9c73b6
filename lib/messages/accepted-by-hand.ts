import type { Notification } from '../model/notification.ts';
import type { Peering, PeeringView } from '../model/peering.ts';
import type { Decision } from '../policy/decide.ts';
import type { Policy } from '../policy/schema.ts';
import { type Routing, routingOf, routingText, suggestionLines } from './routing.ts';
import {
  type Names,
  notificationOf,
  peeringCommand,
  peeringName,
  reasonLines,
  shown,
  sideLines,
} from './text.ts';

export interface AcceptedByHand extends Names {
  readonly peering: Peering;
  /** The side that this account owns; of two the accepter's. */
  readonly view: PeeringView;
  /** Who accepted it, as CloudTrail names them, where an event said so. */
  readonly actor?: string;
  /** Of the peering as it is now. */
  readonly decision: Decision;
  readonly policy: Policy;
  readonly accountId: string;
}

function whatToDo(routing: Routing, { peering, view, policy }: AcceptedByHand): string[] {
  const suggestion = suggestionLines(routing, view, policy);
  const end = [
    'If it should not be there, end it:',
    peeringCommand('delete', peering.peeringId, view.region),
  ];
  switch (routing.kind) {
    case 'routed':
      return ['Nothing to do.', '', ...end];
    case 'rejected':
      return [
        'The product ends no peering. Delete it, or change the rule that rejects it and deploy:',
        peeringCommand('delete', peering.peeringId, view.region),
      ];
    case 'no-rule':
      return [
        ...(suggestion.length > 0
          ? suggestion
          : ['To have it routed, add a rule for it to peering-policy.yml and deploy.']),
        '',
        ...end,
      ];
    case 'open':
    case 'no-address':
    case 'observe':
      return ['What stands in the way is named above. When that is settled, its routes follow.', '', ...end];
  }
}

function routedSubject({ kind }: Routing): string {
  return kind === 'routed' ? 'routed' : 'not routed';
}

/** A person accepted a request that the policy did not accept: who, whether anything is routed, and which rule would. */
export function acceptedByHandNotification(accepted: AcceptedByHand): Notification {
  const { peering, actor, decision, policy, accountId } = accepted;
  const routing = routingOf(decision, policy);
  const who = actor === undefined ? 'by hand' : `by ${shown(actor)}`;
  return notificationOf(
    `VPC peering ${shown(peering.peeringId)} accepted by hand in ${shown(accountId)}: ${routedSubject(routing)}`,
    [
      `${peeringName(peering, accepted)} was accepted ${who}, not by the product.`,
      `What follows: ${routingText(routing, policy)}`,
      '',
      `Peering:   ${shown(peering.peeringId)}`,
      ...sideLines(peering, accepted),
      '',
      'Why:',
      ...reasonLines(decision.reasons),
      '',
      ...whatToDo(routing, accepted),
    ],
  );
}
