import { DNS_REFUSED, DNS_SET, dnsNoteKey } from '../assessment/dns.ts';
import type { BusEventType } from '../model/events.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { WantedOption } from '../routing/options.ts';
import type { Attempts } from './failure.ts';
import { RESERVE_MS } from './make-changes.ts';
import type { RegionView } from './region-view.ts';
import { type OptionOutcome, type SettingOptions, setOptions } from './set-options.ts';
import { SETTLING_WAITS_MS, saysAccepted } from './settled-state.ts';
import type { SyncDependencies } from './sync-dependencies.ts';

/** The event of which every look is. */
const SWEEP: BusEventType = 'Sweep Requested';

/**
 * Sets the peering options that can be set, and says what is to be remembered of it: one that was set is drift when it is off
 * later, and one that EC2 refuses is for a person.
 */
export async function syncOptions(
  options: readonly WantedOption[],
  setting: SettingOptions,
  now: Date,
): Promise<{ readonly outcomes: readonly OptionOutcome[]; readonly updates: readonly MemoryUpdate[] }> {
  const outcomes = options.length === 0 ? [] : await setOptions(options, setting);
  const at = Math.floor(now.getTime() / 1000);
  const updates = outcomes.flatMap(({ option, result, finding }): MemoryUpdate[] => {
    const value = result === 'set' ? DNS_SET : finding === undefined ? undefined : DNS_REFUSED;
    return value === undefined || (option.refusedBefore === true && finding !== undefined)
      ? []
      : [{ kind: 'note', key: dnsNoteKey(option), value, at }];
  });
  return { outcomes, updates };
}

/** DNS resolution can be set only once the peering is active: after an acceptance that takes a moment. */
export async function optionsOf(
  dependencies: SyncDependencies,
  { region, options }: RegionView,
  hints: readonly Hint[],
  { attempt }: Attempts,
): Promise<{
  readonly outcomes: readonly OptionOutcome[];
  readonly updates: readonly MemoryUpdate[];
  readonly findings: readonly Finding[];
}> {
  const { reader, writer, pace, sleep, now, journal, policy, millisecondsLeft } = dependencies;
  // Whether somebody has turned a VPC's attributes on, EC2 says when it is asked: not at each event, of which there may be many.
  const isSweep = hints.some(({ cause }) => cause === SWEEP);
  let wanted = options.filter(({ refusedBefore }) => isSweep || refusedBefore !== true);
  await attempt(async () => {
    for (const wait of hints.some(saysAccepted) && policy.mode === 'enforce' ? SETTLING_WAITS_MS : []) {
      const waiting = wanted.filter(({ settable }) => !settable).map(({ peeringId }) => peeringId);
      if (waiting.length === 0) {
        break;
      }
      await sleep(wait);
      const found = await reader.readPeerings(region, { peeringIds: waiting });
      const active = new Set(
        found.filter(({ status }) => status === 'active').map(({ peeringId }) => peeringId),
      );
      wanted = wanted.map((option) =>
        active.has(option.peeringId) ? { ...option, settable: true } : option,
      );
    }
  });
  const deadline = Date.now() + millisecondsLeft() - RESERVE_MS;
  const setting = { writer, pace, mode: policy.mode, deadline };
  const { outcomes, updates } = await syncOptions(wanted, setting, now());
  for (const { option, result: outcome, reason } of outcomes) {
    journal.info('peering option', { ...option, outcome, reason });
  }
  const findings = outcomes.flatMap(({ option, finding }) =>
    // What is refused again is found by what is remembered of it.
    finding === undefined || option.refusedBefore === true ? [] : [finding],
  );
  return { outcomes, updates, findings };
}
