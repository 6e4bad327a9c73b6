import { type BySweep, bySweepText, placeOfArn } from '../../lib/forwarding/by-sweep.ts';
import type { DesiredForwarding } from '../../lib/forwarding/desired.ts';
import { type ForwardingInPlace, planForwarding } from '../../lib/forwarding/plan.ts';
import { type UnusableRegion, unusableText } from '../../lib/forwarding/unusable.ts';
import { shown } from '../output.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';

const AREA = 'forwarding';
const PUT_BACK = 'peering deploy, or wait for the sweep: both put back what is missing';

/** What is wrong with each rule, in words; the function that keeps them would mend just these. */
function ruleProblems(wanted: DesiredForwarding, inPlace: ForwardingInPlace): string[] {
  const changes = planForwarding(wanted, inPlace);
  return wanted.rules.flatMap(({ name }) => {
    const there = inPlace.rules.find((rule) => rule.name === name);
    if (there === undefined) return [`${name} is missing`];
    if (there.state === 'disabled') return [`${name} is disabled`];
    const problems = changes.flatMap((change) => {
      if (change.action === 'put-rule' && change.rule.name === name) return ['another pattern'];
      if (change.action === 'put-target' && change.rule === name) return ['another target'];
      return change.action === 'remove-targets' && change.rule === name ? ['a target too many'] : [];
    });
    return problems.length === 0 ? [] : [`${name} has ${problems.join(' and ')}`];
  });
}

function queueCheck(
  region: string,
  queue: NonNullable<DesiredForwarding['queue']>,
  inPlace: ForwardingInPlace,
  changes: ReturnType<typeof planForwarding>,
): DoctorCheck {
  if (inPlace.queue === undefined) {
    return fail(
      AREA,
      region,
      `There is no queue ${queue.name}, so an event that cannot be carried is lost.`,
      PUT_BACK,
    );
  }
  if (changes.some(({ action }) => action === 'set-queue-policy')) {
    return fail(AREA, region, `The queue ${queue.name} does not let the rules put events there.`, PUT_BACK);
  }
  const { undelivered, url } = inPlace.queue;
  return undelivered > 0
    ? warn(
        AREA,
        region,
        `${undelivered} ${undelivered === 1 ? 'event was' : 'events were'} not carried home and ${undelivered === 1 ? 'waits' : 'wait'} in the queue ${queue.name}.`,
        `aws sqs receive-message --region ${region} --queue-url ${shown(url)} --message-attribute-names All says why; aws sqs purge-queue empties it. The sweep has looked at the Region since.`,
      )
    : pass(AREA, region, `The queue ${queue.name} is there and empty.`);
}

function documentCheck(
  { region, document }: DesiredForwarding,
  inPlace: ForwardingInPlace,
  changes: ReturnType<typeof planForwarding>,
): readonly DoctorCheck[] {
  if (document === undefined) {
    return [];
  }
  if (inPlace.document === undefined) {
    return [
      fail(AREA, region, `There is no SSM document ${document.name}, so nothing is pinged here.`, PUT_BACK),
    ];
  }
  return changes.some(({ action }) => action === 'update-document')
    ? [fail(AREA, region, `The SSM document ${document.name} has another content.`, PUT_BACK)]
    : [pass(AREA, region, `The SSM document ${document.name} is there.`)];
}

/** What a rule needs to be on, and to have the wanted pattern, but no target at all. */
function isWithoutTarget(wanted: DesiredForwarding, { rules }: ForwardingInPlace): boolean {
  return wanted.rules.every(({ name }) =>
    rules.some((rule) => rule.name === name && rule.state === 'enabled' && rule.targets.length === 0),
  );
}

const SWEEP_MORE_OFTEN =
  'Nothing has to be done. To be quicker there, let the sweep look more often (schedules.sweep).';

function rulesCheck(
  { region, homeBusArn, sweep }: Omit<BySweep, 'refusal'>,
  wanted: DesiredForwarding,
  inPlace: ForwardingInPlace,
): DoctorCheck {
  const home = placeOfArn(homeBusArn).region;
  if (wanted.rules.length === 0) {
    return inPlace.rules.length === 0
      ? warn(AREA, region, bySweepText({ region, homeBusArn, sweep }), SWEEP_MORE_OFTEN)
      : fail(
          AREA,
          region,
          `Rules are there that cannot carry events to ${home}: ${inPlace.rules.map(({ name }) => shown(name)).join(', ')}.`,
          'peering deploy, or wait for the sweep: both take them out',
        );
  }
  // So forward-events leaves them where EventBridge refuses the bus.
  if (isWithoutTarget(wanted, inPlace)) {
    return warn(
      AREA,
      region,
      bySweepText({ region, homeBusArn, sweep }),
      `${SWEEP_MORE_OFTEN} The log of forward-events has what EventBridge said; if it says nothing, somebody removed the targets, and the next sweep puts them back.`,
    );
  }
  const problems = ruleProblems(wanted, inPlace);
  return problems.length === 0
    ? pass(AREA, region, `All ${wanted.rules.length} rules are on and carry events to ${home}.`)
    : fail(AREA, region, `Not all events reach ${home}: ${problems.join('; ')}.`, PUT_BACK);
}

/** What is in a managed Region other than the home Region, against what forward-events keeps there. */
export function forwardingChecks(
  home: Pick<BySweep, 'homeBusArn' | 'sweep'>,
  wanted: DesiredForwarding,
  inPlace: ForwardingInPlace,
): readonly DoctorCheck[] {
  const changes = planForwarding(wanted, inPlace);
  const { region, queue } = wanted;
  return [
    rulesCheck({ ...home, region }, wanted, inPlace),
    ...(queue === undefined ? [] : [queueCheck(region, queue, inPlace, changes)]),
    ...documentCheck(wanted, inPlace, changes),
  ];
}

/** A managed Region that this account cannot use. */
export function unusableRegion(region: string, accountId: string, state: UnusableRegion): DoctorCheck {
  const { what, remedy } = unusableText(region, accountId, state);
  return fail('region', region, what, remedy);
}
