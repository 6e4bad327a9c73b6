import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { Document } from '../documents.ts';
import { describeError } from '../errors.ts';

/** One line of `doctor`. The region is null for what is about the account or the caller. */
export type DoctorCheck = Document<'doctor'>['checks'][number];

export function pass(area: string, region: string | null, says: string): DoctorCheck {
  return { area, region, result: 'pass', says, remedy: null };
}

export function warn(area: string, region: string | null, says: string, remedy: string): DoctorCheck {
  return { area, region, result: 'warn', says, remedy };
}

export function fail(area: string, region: string | null, says: string, remedy: string): DoctorCheck {
  return { area, region, result: 'fail', says, remedy };
}

/** A check that cannot be made says so: it is neither good nor bad. */
export async function checksOrWarning(
  area: string,
  region: string | null,
  make: () => Promise<readonly DoctorCheck[]>,
): Promise<readonly DoctorCheck[]> {
  try {
    return await make();
  } catch (error) {
    const { kind } = classifyAwsError(error);
    const remedy =
      kind === 'denied'
        ? 'Run it with credentials that may read this.'
        : 'Try again; --debug with another command shows more.';
    return [warn(area, region, `It could not be looked at. ${describeError(error)}`, remedy)];
  }
}
