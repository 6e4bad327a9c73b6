/** What `notify` of a policy may not say although each of its values is well-formed. Build time only. */
import { SEVERITIES } from '../model/severity.ts';

/** Where messages go, as it is written at one place. */
interface Said {
  readonly emails: readonly string[];
  readonly topic?: string | undefined;
  readonly chat?: 'messages' | 'buttons' | undefined;
}

type BySeverity = { readonly [Severity in (typeof SEVERITIES)[number]]?: Said | 'events' | undefined };

export interface NotifySlip {
  /** Below `notify`. */
  readonly path: readonly string[];
  readonly message: string;
}

/** The keys that say something. */
function keysOf({ emails, topic, chat }: Said): string[] {
  return [
    ...(emails.length > 0 ? ['emails'] : []),
    ...(topic === undefined ? [] : ['topic']),
    ...(chat === undefined ? [] : ['chat']),
  ];
}

const BOTH =
  "e-mail addresses are subscribed to the stack's own topic, which is not made where another is named; subscribe them to that topic and take emails out";

function ofPlace(said: Said, path: readonly string[]): NotifySlip[] {
  return said.topic !== undefined && said.emails.length > 0
    ? [{ path: [...path, 'topic'], message: BOTH }]
    : [];
}

function ofSeverities(notify: Said & BySeverity): NotifySlip[] {
  return SEVERITIES.flatMap((severity): NotifySlip[] => {
    const { [severity]: said } = notify;
    if (said === undefined || said === 'events') {
      return [];
    }
    return keysOf(said).length === 0
      ? [
          {
            path: [severity],
            message: 'it names nowhere to go; write events if nobody shall get these messages',
          },
        ]
      : ofPlace(said, [severity]);
  });
}

/** What stands above counts where a severity says nothing of its own. */
function neverUsed(notify: Said & BySeverity): NotifySlip[] {
  return SEVERITIES.some((severity) => notify[severity] === undefined)
    ? []
    : keysOf(notify).map((key) => ({
        path: [key],
        message: `it counts for nothing, because ${SEVERITIES.join(' and ')} both say where they go; take it out`,
      }));
}

/** Held requests wait for a person, so their messages are of one severity only. */
function buttonsElsewhere(notify: Said & BySeverity): NotifySlip[] {
  const { action = notify, notice } = notify;
  const message = 'buttons are on messages about held requests, which go where action goes; write messages';
  return [
    ...(typeof notice === 'object' && notice.chat === 'buttons'
      ? [{ path: ['notice', 'chat'], message }]
      : []),
    ...(notify.chat === 'buttons' && action !== notify && notice === undefined
      ? [{ path: ['chat'], message }]
      : []),
  ];
}

export function notifySlips(notify: Said & BySeverity): NotifySlip[] {
  return [...ofPlace(notify, []), ...ofSeverities(notify), ...neverUsed(notify), ...buttonsElsewhere(notify)];
}
