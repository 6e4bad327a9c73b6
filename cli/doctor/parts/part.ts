import type { Clients } from '../../../lib/aws/clients.ts';
import { shellWord } from '../../../lib/model/shell-word.ts';
import type { StackPart } from '../../stack.ts';
import type { DoctorCheck } from '../check.ts';
import { isKnown, isSame, type Resolved, type ResolvedProperties } from './resolved.ts';

/** One resource of the stack, with what the template says of it. */
export interface Part extends StackPart {
  /** Left out: the template could not be read. */
  readonly properties?: ResolvedProperties;
}

/** What is wrong with one part. */
export type PartTrouble = Pick<DoctorCheck, 'says'> & {
  readonly result: 'warn' | 'fail';
  readonly remedy: string;
};

/** Nothing in it: the part is there, and as the template says. `not judged`: what it should be is not known. */
export type Judged = readonly PartTrouble[] | 'not judged';

/** Where the parts are, and what asks for them. */
export interface PartsPlace {
  readonly region: string;
  readonly clients: Clients;
  readonly stackParts: readonly Part[];
}

/** How one type of resource is looked at. @throws AWS errors of its calls. */
export type Look = (part: Part, place: PartsPlace) => Promise<Judged>;

export function trouble(result: PartTrouble['result'], says: string, remedy: string): PartTrouble {
  return { result, says, remedy };
}

/** A value as JSON in one word of a shell; undefined where a part of it is not known. */
export function inShell(value: Resolved | undefined): string | undefined {
  return isKnown(value) ? shellWord(typeof value === 'string' ? value : JSON.stringify(value)) : undefined;
}

/** Names of what the template says and what is there otherwise. @param seen by the names of the template. */
export function otherwise(
  wanted: ResolvedProperties,
  seen: Readonly<Record<string, unknown>>,
  names: readonly string[],
): readonly string[] {
  return names.filter((name) => name in wanted && !isSame(wanted[name] ?? null, seen[name] ?? null));
}

export const NOT_AS_DEPLOYED = 'is not as the stack made it';
