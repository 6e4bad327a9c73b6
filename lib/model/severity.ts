/**
 * What a message asks of whoever reads it, by which `notify` of the policy says where it goes:
 *
 * - `action`: a person has to do something, or what was asked for does not happen. Alarms of the stack count as this.
 * - `notice`: good to know, and nothing to do: accepted, rejected, repaired, ended, frozen, well again.
 *
 * docs/policy.md says which messages are which.
 */
export const SEVERITIES = ['action', 'notice'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Of a message that tells several things: one that asks for something makes the message ask for it. */
export function severityOfAll(messages: readonly { readonly severity: Severity }[]): Severity {
  return messages.some(({ severity }) => severity === 'action') ? 'action' : 'notice';
}
