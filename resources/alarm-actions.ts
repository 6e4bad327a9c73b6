import { runsInEveryState } from '../lib/policy/stack-schema.ts';
import type { Value } from './cloudformation.ts';
import { optionsOf, type StackContext } from './context.ts';
import { toldByAlarms } from './people.ts';

/** What every alarm of the stack does, by its state. */
export interface AlarmActions {
  readonly alarm: readonly Value[];
  /** No data, where that is what an alarm is there to tell. */
  readonly noData: readonly Value[];
  readonly ok: readonly Value[];
}

/** People are told as the policy says; `alarmActions` of `peering-stack.yml` adds to that, or takes its place. */
export function alarmActions(context: StackContext): AlarmActions {
  const { alarm = [], ok = [], people = 'told' } = optionsOf(context).alarmActions ?? {};
  const peopleTold = people === 'told' ? toldByAlarms(context) : [];
  return {
    alarm: [...peopleTold, ...alarm],
    noData: [...peopleTold, ...alarm.filter(runsInEveryState)],
    ok: [...peopleTold, ...ok],
  };
}
