import { shown } from '../output.ts';
import { readOtherStacks } from '../release/other-stacks.ts';
import {
  CLASH_REMEDY,
  clashesOf,
  clashText,
  type OtherStack,
  type RouteWriting,
} from '../release/route-writing.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';
import type { Patient } from './patient.ts';

const AREA = 'other stacks';

/** Whether another stack of the product writes the route tables of this one. */
export function otherStackChecks(
  home: string,
  own: RouteWriting,
  others: readonly OtherStack[],
): readonly DoctorCheck[] {
  const clashes = clashesOf(own, others).map((clash) =>
    fail(AREA, home, shown(clashText(clash), 600), CLASH_REMEDY),
  );
  const unknown = others
    .filter(({ writing }) => writing === 'unknown')
    .map(({ name, region }) =>
      warn(
        AREA,
        region,
        `The stack ${shown(name, 128)} in ${region} is of this product, too. Whether it writes routes into the same tables is not known: its template may not be read.`,
        'Run it with credentials that may call GetTemplate there.',
      ),
    );
  return clashes.length + unknown.length === 0
    ? [
        pass(
          AREA,
          home,
          `No other stack of this account writes routes into tables tagged ${own.tagPrefix}:routes here.`,
        ),
      ]
    : [...clashes, ...unknown];
}

/** A stack that observes stands in nobody's way. */
export async function otherStacks({ stack, policy }: Patient): Promise<readonly DoctorCheck[]> {
  if (stack === undefined || policy.mode === 'observe') {
    return [];
  }
  const regions = policy.regions.length === 0 ? [stack.region] : policy.regions;
  const others = await readOtherStacks(stack, regions);
  return otherStackChecks(stack.region, { tagPrefix: policy.tagPrefix, regions }, others);
}
