import { candidateLines, type Nameable, resolveName, severalText, standsFor } from '../lib/model/nameable.ts';
import { CliError } from './errors.ts';
import { meant } from './meant.ts';
import { shown } from './output.ts';
import type { Invocation } from './verb.ts';

/** Peerings, VPCs and route tables as people name them on the command line: by id, or by the tag `Name`. */

/** What the beginning of an id says of it (Amazon EC2 User Guide, "Resource IDs"). */
const KINDS: Readonly<Record<string, string>> = {
  pcx: 'a VPC peering connection',
  vpc: 'a VPC',
  rtb: 'a route table',
  subnet: 'a subnet',
  i: 'an instance',
  eni: 'a network interface',
  sg: 'a security group',
  acl: 'a network ACL',
  tgw: 'a transit gateway',
  igw: 'an internet gateway',
  nat: 'a NAT gateway',
  pl: 'a prefix list',
};

/** Nothing that was read has this id or name. */
class UnknownError extends CliError {}

/** What a place of the command takes. */
export interface Place {
  /** How the place is called: `peering accept`, `--vpc`. */
  readonly name: string;
  /** Beginnings of ids that it takes. */
  readonly kinds: readonly ('pcx' | 'vpc' | 'rtb')[];
  /** The same in words: `a peering`, `a peering or route table`. */
  readonly what: string;
  /** A sentence that says where such things are listed. */
  readonly list?: string;
  /** As of `resolveName`. */
  readonly ended: 'never' | 'if-alone';
}

/** What was asked for. A name has a sentence that says what it stands for. */
export interface Found {
  readonly id: string;
  readonly note?: string;
}

function form({ kinds }: { readonly kinds: readonly string[] }): string {
  const forms = kinds.map((kind) => `${kind}-…`);
  return [forms.slice(0, -1).join(', '), ...forms.slice(-1)].filter((each) => each !== '').join(' or ');
}

function sentences(...all: readonly (string | undefined)[]): string {
  return all.filter((each) => each !== undefined && each !== '').join(' ');
}

/** Whether nothing has to be looked up: it is the whole id of what the place takes. */
export function isWholeId(text: string, { kinds }: { readonly kinds: readonly string[] }): boolean {
  return kinds.some((kind) => new RegExp(`^${kind}-[0-9a-f]{8,17}$`).test(text));
}

/**
 * Before anything is read: the id of something else is no name.
 *
 * @throws CliError
 */
export function refuseOtherKind(
  text: string,
  place: Pick<Place, 'name' | 'what' | 'list'> & { readonly kinds: readonly string[] },
): void {
  const [, prefix = ''] = /^([a-z]+)-[0-9a-f]{8,17}$/.exec(text) ?? [];
  const kind = Object.hasOwn(KINDS, prefix) ? KINDS[prefix] : undefined;
  if (kind !== undefined && !isWholeId(text, place)) {
    throw new CliError(
      sentences(
        `${text} is ${kind}; ${place.name} takes ${place.what}, by its id (${form(place)}) or its tag Name.`,
        place.list,
      ),
    );
  }
}

/**
 * The one thing that is meant. A whole id is taken as it is: whoever asks for it says whether it is there.
 *
 * @param where what was read, as the end of a sentence: `us-east-1`.
 * @throws CliError for a name that several things have, or none.
 */
export function findNamed(text: string, things: readonly Nameable[], place: Place, where: string): Found {
  refuseOtherKind(text, place);
  if (isWholeId(text, place)) {
    return { id: text };
  }
  const named = resolveName(text, things, place.ended);
  switch (named.kind) {
    case 'id':
      return { id: named.id };
    case 'name':
      return { id: named.id, note: standsFor(text, named) };
    case 'several':
      throw new CliError(`${shown(text, 80)} ${severalText(named.candidates)}`);
    case 'ended':
      throw new CliError(
        `${shown(text, 80)} is the name of what has ended, and of nothing that is there:\n${candidateLines(named.candidates)}`,
      );
    case 'none':
      throw new UnknownError(
        sentences(
          `${shown(text, 80)} is neither the id (${form(place)}) nor the tag Name of ${place.what} in ${where}.${meant(text, things)}`,
          place.list,
        ),
      );
  }
}

/** `--vpc`, of whatever verb. */
export const VPC_OPTION: Place = { name: '--vpc', kinds: ['vpc'], what: 'a VPC', ended: 'never' };

/** The VPCs that `--vpc` selects. */
export interface ChosenVpcs {
  /** Their ids; what was not found stays as it was asked for, and selects nothing. */
  readonly vpc: readonly string[];
  /** What names stood for. */
  readonly notes: readonly string[];
}

/**
 * A mistyped VPC shows nothing, which looks like a good answer.
 *
 * @param vpcs that were read; one that only its tables or peerings show has no name.
 * @param dark whether something could not be read: what is nowhere else may be there.
 * @throws CliError for a name that several have; where everything was read, also for what is nowhere.
 */
export function chooseVpcs(
  asked: readonly string[],
  vpcs: readonly Nameable[],
  dark: 'all-read' | 'some-unread',
): ChosenVpcs & { readonly warnings: readonly string[] } {
  const known = new Set(vpcs.map(({ id }) => id));
  const found: Found[] = [];
  const warnings: string[] = [];
  for (const text of asked) {
    try {
      const one = findNamed(text, vpcs, VPC_OPTION, 'the accounts and Regions that were read');
      if (!known.has(one.id)) {
        throw new UnknownError(
          `${one.id} is in none of the accounts and Regions that were read.${meant(one.id, vpcs)}`,
        );
      }
      found.push(one);
    } catch (error) {
      if (!(error instanceof UnknownError) || dark === 'all-read') throw error;
      warnings.push(error.message);
      found.push({ id: text });
    }
  }
  return {
    vpc: [...new Set(found.map(({ id }) => id))],
    notes: found.flatMap(({ note }) => note ?? []),
    warnings,
  };
}

/** Says what a name stood for, where that was one. */
export function tellNamed({ output }: Pick<Invocation, 'output'>, { note }: Found): void {
  if (note !== undefined) output.note(`note: ${note}`);
}
