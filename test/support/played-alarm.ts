import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { evaluateAlarm } from 'local-aws-peering/parts';

/**
 * An alarm of the stack in time, by the rules of CloudWatch. Its periods end whenever it is looked at.
 *
 * @param initial its state before.
 */
export function playedAlarm(alarm: MetricAlarm, initial: MetricAlarm['StateValue'] = 'OK') {
  const { Period = 0, EvaluationPeriods = 0 } = alarm;
  const counts: { readonly at: number; readonly value: number }[] = [];
  let StateValue = initial;
  return {
    /** @param at seconds. @param value what is counted then; left out: nothing. */
    stateAt(at: number, value?: number) {
      if (value !== undefined) {
        counts.push({ at, value });
      }
      const datapoints = Array.from({ length: EvaluationPeriods }, (_, index) => {
        const until = at - index * Period;
        const seen = counts.filter((each) => each.at <= until && each.at > until - Period);
        return seen.length === 0 ? undefined : Math.max(...seen.map((each) => each.value));
      });
      StateValue = evaluateAlarm({ ...alarm, StateValue }, datapoints).state;
      return StateValue;
    },
  };
}
