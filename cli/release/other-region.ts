import { topicsOf } from '../../lib/policy/notify.ts';
import type { ReleaseInputs } from './inputs.ts';

type Named = Pick<ReleaseInputs, 'policy' | 'options'>;

/** Topics and actions of alarms that policy and stack file name, each with where it is written. */
function namedArns({ policy, options }: Named) {
  const { alarm = [], ok = [] } = options.alarmActions ?? {};
  return [
    ...topicsOf(policy).flatMap((topic) =>
      topic.kind === 'existing' ? [{ arn: topic.arn, where: 'notify in the policy' }] : [],
    ),
    ...[...alarm, ...ok].map((arn) => ({ arn, where: 'alarmActions in peering-stack.yml' })),
  ];
}

/**
 * Why a stack cannot be made in a Region with the topics and actions that it names, and what to do; undefined where it can. An alarm
 * reaches what is in its own Region only.
 */
export function arnRefusal(region: string, named: Named): string | undefined {
  const elsewhere = namedArns(named).find(({ arn }) => {
    const [, , , of = ''] = arn.split(':');
    // A response plan has no Region.
    return of !== '' && of !== region;
  });
  return (
    elsewhere &&
    `${elsewhere.where} names ${elsewhere.arn}, and the stack is deployed to ${region}: alarms reach topics and actions of their own Region only. Name one that is there.`
  );
}
