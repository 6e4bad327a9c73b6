import { NOTHING } from '../apply/done.ts';
import type { Assessment } from '../assess.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import type { Invocation } from '../verb.ts';
import { type PlanFile, planFileOf } from './content.ts';
import { type Difference, differencesBetween } from './differences.ts';
import { readPlanFile } from './store.ts';

const HOUR_MS = 3_600_000;
/** A request lives for seven days (Amazon VPC Peering Guide, "VPC peering connection lifecycle"); so does what was said of it. */
const MAX_AGE_DAYS = 7;
/** Clocks differ a little. */
const AHEAD_MS = 5 * 60_000;

/** `5 minutes`, `3 hours`, `2 days`. */
function agoText(milliseconds: number): string {
  const [count, unit] =
    milliseconds < HOUR_MS
      ? [milliseconds / 60_000, 'minute']
      : milliseconds < 48 * HOUR_MS
        ? [milliseconds / HOUR_MS, 'hour']
        : [milliseconds / (24 * HOUR_MS), 'day'];
  const whole = Math.max(0, Math.floor(count));
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

function validateAge(path: string, { madeAt }: PlanFile, now: Date): void {
  const age = now.getTime() - Date.parse(madeAt);
  if (age < -AHEAD_MS) {
    throw new CliError(
      `${shown(path)} was made at ${madeAt}, which has yet to come. Set the clock, or make it again with peering plan --out FILE.`,
    );
  }
  if (age > MAX_AGE_DAYS * 24 * HOUR_MS) {
    throw new CliError(
      `${shown(path)} was made ${agoText(age)} ago; a plan holds for ${MAX_AGE_DAYS} days. Look at it and make it again with peering plan --out FILE.`,
    );
  }
}

const GIVEN_BY_FILE = ['region', 'vpc'] as const;

/** An invocation that looks at no more than the file does, and only with credentials of its account. */
export interface Limited {
  readonly path: string;
  readonly plan: PlanFile;
  readonly invocation: Invocation;
}

/**
 * Opens the file that `peering apply FILE` names.
 *
 * @throws CliError for a file that is no plan, or too old, and for options that the file already says.
 */
export function limitedBy(path: string, invocation: Invocation, now: Date): Limited {
  const { options } = invocation;
  const twice = GIVEN_BY_FILE.find((name) => options[name] !== undefined);
  if (twice !== undefined) {
    throw new CliError(`--${twice} is in ${shown(path)} already, as the plan was made. Leave it out.`);
  }
  const plan = readPlanFile(path);
  validateAge(path, plan, now);
  const { only, accountId } = plan;
  return {
    path,
    plan,
    invocation: {
      ...invocation,
      options: {
        ...options,
        account: accountId,
        ...(only.regions.length === 0 ? {} : { region: only.regions }),
        ...(only.vpcs.length === 0 ? {} : { vpc: only.vpcs }),
      },
    },
  };
}

/** How what would be done now differs from the file. */
export function differencesSince({ plan, invocation }: Limited, now: Assessment): Difference[] {
  return differencesBetween(plan, planFileOf(now, invocation, new Date()));
}

/** Says what is carried out, before it is shown. */
export function tellLimit({ path, plan: { madeAt, madeBy }, invocation: { output } }: Limited): void {
  const ago = agoText(Date.now() - Date.parse(madeAt));
  output.note(`note: ${shown(path)} was made ${ago} ago, by peering ${shown(madeBy, 40)}.`);
}

const SIGNS = { added: ['+', 'green'], differs: ['~', 'yellow'], gone: ['-', 'red'] } as const;

/** Says line by line why nothing is carried out. */
export function tellDifferences(
  { path, invocation: { options, output } }: Limited,
  differences: readonly Difference[],
): void {
  if (options.json) {
    output.json({ ...NOTHING, differences });
    return;
  }
  output.line(output.paint(`Changed since the plan was made (${differences.length})`, 'bold'));
  for (const { kind, says } of differences) {
    const [sign, paint] = SIGNS[kind];
    output.line(`  ${output.paint(`${sign} ${kind.padEnd(7)}`, paint)} ${shown(says)}`);
  }
  output.line();
  output.line(
    `Nothing was done: what would be done now is not what ${shown(path)} says. Look at it, and make it again with peering plan --out ${shown(path)}`,
  );
}
