import { type AwsErrorKind, classifyAwsError, type DeniedReads } from '../model/aws-error.ts';
import type { Notification } from '../model/notification.ts';
import { printable } from '../model/printable.ts';
import { shellWord } from '../model/shell-word.ts';
import type { Decision } from '../policy/decision.ts';
import { type Cause, deniedCause } from './denied-cause.ts';
import type { RefusedCall } from './refused.ts';
import { count, listed, type Names, named, notificationOf, peeringCommand, shown } from './text.ts';

export interface CallFailed extends Names {
  readonly peeringId?: string;
  readonly routeTableId?: string;
  readonly destination?: string;
  readonly region: string;
  readonly accountId: string;
  /** `AcceptVpcPeeringConnection`, `CreateRoute`, … */
  readonly call: string;
  readonly code: string;
  readonly message: string;
  /** What the call was to carry out, where it is about a request. */
  readonly decision?: Decision;
}

/** EC2 adds a kilobyte that only an administrator can decode; it says no more to a reader. */
const ENCODED = /\s*Encoded authorization failure message:\s*\S+/i;

/** What AWS says, without what nobody can read. */
export function awsReason(message: string): string {
  return printable(message.replace(ENCODED, ' (an encoded part is left out)').trim(), 600) || 'nothing';
}

function quotaCause(code: string): Cause {
  const what = 'A quota of the account is used up.';
  switch (code.toLowerCase()) {
    case 'routelimitexceeded':
      return {
        what,
        toDo: 'Delete routes that nobody needs, or have the quota "Routes per route table" raised and set guardrails.routesPerTable to it. "peering drift" lists the routes that found no room.',
      };
    case 'vpcpeeringconnectionspervpclimitexceeded':
      return {
        what,
        toDo: 'Delete peerings that nobody needs, or have the quota "Active VPC peering connections per VPC" raised and set guardrails.peeringsPerVpc to it. The VPC at the other end has a quota, too.',
      };
    default:
      return { what, toDo: 'Look in Service Quotas which one it is; have it raised, or free something.' };
  }
}

const OTHER_CAUSES: Readonly<Record<Exclude<AwsErrorKind, 'denied' | 'limit'>, Cause>> = {
  throttled: {
    what: 'AWS takes no more calls at the moment.',
    toDo: 'Nothing, unless this comes again and again: then find out what else makes so many calls.',
  },
  transient: {
    what: 'AWS could not answer.',
    toDo: 'Nothing, unless this comes again and again: then look at the AWS Health Dashboard.',
  },
  'not-found': {
    what: 'AWS does not find the resource.',
    toDo: 'If it was deleted, nothing. If it is there, look whether account and Region are right.',
  },
  conflict: {
    what: 'The resource is in a state that does not allow the call, as AWS says above.',
    toDo: 'Look at the resource. If nothing is wrong with it, wait for the next sweep.',
  },
  invalid: {
    what: 'AWS does not take the call as it was made.',
    toDo: 'Look at the resource. If nothing is wrong with it, this is a fault of the product: please report it with this message.',
  },
  unknown: {
    what: 'This error is not known to the product.',
    toDo: "Look at the resource and at AWS's reason above.",
  },
};

function causeOf({ code, message }: Pick<CallFailed, 'code' | 'message'>): Cause {
  const { kind } = classifyAwsError({ code, message });
  // AWS words some denials the same under codes that say something else.
  if (kind === 'denied' || /not authorized/i.test(message)) {
    return deniedCause(message);
  }
  return kind === 'limit' ? quotaCause(code) : OTHER_CAUSES[kind];
}

function causeLines({ what, toDo, commands = [] }: Cause): string[] {
  return [what, toDo, ...commands];
}

/** What is known of a refusal once its message has gone: AWS's own words are not kept. From the words `AWS has refused` on. */
export function refusalText({ call, code }: RefusedCall): string {
  const { kind } = classifyAwsError({ code, message: '' });
  const { what, toDo } =
    kind === 'denied'
      ? {
          what: 'A permission is missing, or a policy forbids it.',
          toDo: 'The message "AWS refuses …" says which, and what to do.',
        }
      : causeOf({ code, message: '' });
  return `AWS has refused ${shown(call)} there within the last day (${shown(code)}). ${what} ${toDo} Each sweep tries it again.`;
}

function resourceOf(failed: CallFailed): string {
  const { peeringId, routeTableId, destination } = failed;
  const resources = [
    ...(routeTableId === undefined ? [] : [`route table ${named(routeTableId, failed)}`]),
    ...(destination === undefined ? [] : [`destination ${shown(destination)}`]),
    ...(peeringId === undefined ? [] : [`peering ${named(peeringId, failed)}`]),
  ];
  return resources.join(', ') || 'no resource in particular';
}

const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['AcceptVpcPeeringConnection', 'The product has not accepted the request.'],
  ['RejectVpcPeeringConnection', 'The product has not rejected the request.'],
  ['CreateRoute', 'The route is not written.'],
  ['ReplaceRoute', 'The route is not changed.'],
  ['DeleteRoute', 'The route is not deleted.'],
  ['ModifyVpcPeeringConnectionOptions', 'The peering option is not set.'],
]);

/** What did not happen. Of nothing it is said that it happened: this call failed, and of others nothing is known here. */
function consequence({ call, decision }: CallFailed): string[] {
  const rule = decision?.rule === undefined ? '' : ` (rule ${shown(decision.rule)})`;
  return [
    ANSWERS.get(call) ?? 'What the call was to do is not done.',
    ...(decision === undefined
      ? []
      : [`The policy's decision about the request is: ${decision.decision}${rule}.`]),
  ];
}

function lookCloser({ peeringId, routeTableId, region }: CallFailed): string[] {
  if (routeTableId !== undefined) {
    return [
      'Look closer:',
      `  aws ec2 describe-route-tables --route-table-ids ${shellWord(shown(routeTableId))} --region ${shellWord(shown(region))}`,
    ];
  }
  return peeringId === undefined ? [] : ['Look closer:', peeringCommand('describe', peeringId, region)];
}

/** A call that AWS refuses, and will refuse until a person does something about it. */
export function callFailedNotification(failed: CallFailed): Notification {
  const { call, code, message, region, accountId, peeringId, routeTableId } = failed;
  const cause = causeOf(failed);
  const resource = routeTableId ?? peeringId;
  return notificationOf(
    `AWS refuses ${shown(call)}${resource === undefined ? '' : ` for ${shown(resource)}`} in ${shown(accountId)} (${shown(region)})`,
    [
      `AWS refuses ${shown(call)}. It concerns ${resourceOf(failed)}, in account ${shown(accountId)}, ${shown(region)}.`,
      ...consequence(failed),
      '',
      `AWS says: ${shown(code)}: ${awsReason(message)}`,
      '',
      ...causeLines(cause),
      'The product tries again at each sweep.',
      ...(peeringId === undefined && routeTableId === undefined ? [] : ['', ...lookCloser(failed)]),
    ],
    { severity: 'action', alarm: 'PermanentFailures' },
  );
}

/** A Region of which nothing is known, because AWS refuses to show it. */
export interface ReadsRefused extends DeniedReads {
  readonly region: string;
  readonly accountId: string;
}

/** What is told of refused reads whoever they were refused to. */
function readsRefused(
  { calls, code, awsMessage, region, accountId }: ReadsRefused,
  {
    to,
    follows,
    afterwards,
  }: { readonly to: string; readonly follows: readonly string[]; readonly afterwards: string },
): Notification {
  const cause = causeOf({ code, message: awsMessage });
  return notificationOf(
    // Three names are more than the subject of a mail takes.
    `AWS refuses ${to}${calls.length === 1 ? listed(calls) : count(calls.length, 'read')} in ${shown(accountId)} (${shown(region)})`,
    [
      `AWS refuses ${to}${listed(calls)} in account ${shown(accountId)}, ${shown(region)}.`,
      ...follows,
      '',
      `AWS says: ${shown(code)}: ${awsReason(awsMessage)}`,
      '',
      ...causeLines(cause),
      `The product tries again at each sweep. ${afterwards}`,
    ],
    { severity: 'action', alarm: 'PermanentFailures' },
  );
}

/** Reads of a Region that AWS refuses, and will refuse until a person does something about it: what is not looked at for that. */
export function readsRefusedNotification(refused: ReadsRefused): Notification {
  const region = shown(refused.region);
  return readsRefused(refused, {
    to: '',
    follows: [
      `So nothing in ${region} is looked at: no route there is made, mended or removed, and no drift there is found. No request there is answered either, where accept-requests is refused the same.`,
      `Peerings with other Regions may be routed at their other side only; new ones that have a side in ${region} are held. What is in place stays as it is.`,
    ],
    afterwards: 'Once it may read, it makes up for all of this by itself.',
  });
}

/** The same of reads that are refused to the function that answers requests, while the one for the routes may be shown them. */
export function requestsUnreadNotification(refused: ReadsRefused): Notification {
  const region = shown(refused.region);
  return readsRefused(refused, {
    to: 'accept-requests ',
    follows: [
      `accept-requests is the function that answers requests, and has a role of its own. So no request in ${region} is accepted, rejected or held by the product, and nobody is told of new ones. A request expires seven days after it was made.`,
      'Routes of peerings that are in place are looked at all the same.',
    ],
    afterwards: 'Once it may read, it answers the requests that are open then.',
  });
}
