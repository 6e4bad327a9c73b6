/**
 * Slips in a policy file that are errors although every value is well-formed: Regions that do not exist, Regions of
 * several partitions, and lists that say the same thing twice. Build time only.
 */

import { printable } from '../model/printable.ts';
import { SEVERITIES } from '../model/severity.ts';
import { CidrError, parseCidr } from '../network/cidr.ts';
import { didYouMean } from './did-you-mean.ts';
import { hasWildcard, matchesPattern } from './patterns.ts';
import { parseProbeTarget } from './probe-target.ts';
import { areaOf, isKnownRegion, KNOWN_REGIONS, partitionOf, REGION_AREAS, REGION_FORM } from './regions.ts';
import { MAX_RULES } from './schema.ts';

export interface FileSlip {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Path = FileSlip['path'];

interface Place {
  readonly path: Path;
  readonly value: unknown;
}

/** Stands for every item of a list, and every key of a map. */
const EACH: unique symbol = Symbol('each');

type Step = string | typeof EACH;

/** What a policy that was not checked yet holds at these steps. Where it holds something else, nothing. */
function placesAt(value: unknown, steps: readonly Step[], path: Path = []): Place[] {
  const [step, ...rest] = steps;
  if (step === undefined) {
    return [{ path, value }];
  }
  if (Array.isArray(value)) {
    return step === EACH ? value.flatMap((item, index) => placesAt(item, rest, [...path, index])) : [];
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const keys = step === EACH ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : [];
  return keys.flatMap((key) => placesAt(Reflect.get(value, key), rest, [...path, key]));
}

function textsAt(input: unknown, steps: readonly Step[]): { readonly path: Path; readonly text: string }[] {
  return placesAt(input, steps).flatMap(({ path, value }) =>
    typeof value === 'string' ? [{ path, text: value }] : [],
  );
}

const NEW_REGIONS: readonly Step[] = ['newRegions'];
const SIDES: readonly (readonly Step[])[] = [
  ['rules', EACH, 'local'],
  ['rules', EACH, 'remote'],
];

const REGION_LISTS: readonly (readonly Step[])[] = [
  ['regions', EACH],
  ...SIDES.map((side): readonly Step[] => [...side, 'regions', EACH]),
  ['guardrails', 'ipam', 'pools', EACH, 'region'],
  ['guardrails', 'ipam', 'scope', 'region'],
];

/** Where `notify` says who is told: of all messages, and of one severity. */
const NOTIFY: readonly (readonly Step[])[] = [
  ['notify'],
  ...SEVERITIES.map((severity): readonly Step[] => ['notify', severity]),
];

/** What is written as an ARN. */
const ARNS: readonly (readonly Step[])[] = [
  ['organization', 'role'],
  ...NOTIFY.map((steps): readonly Step[] => [...steps, 'topic']),
];

/** Text in the one form that all ways to write the same share. */
type Canonical = (text: string) => string;

function canonicalBy(parse: (text: string) => { readonly text: string }): Canonical {
  return (text) => {
    try {
      return parse(text).text;
    } catch (error) {
      if (error instanceof CidrError) {
        return text;
      }
      throw error;
    }
  };
}

const asIs: Canonical = (text) => text;
const asCidr = canonicalBy(parseCidr);
const asProbeTarget = canonicalBy(parseProbeTarget);

/** Every list of the policy. In none of them does it mean anything to say the same twice. */
const LISTS: readonly (readonly [readonly Step[], Canonical])[] = [
  [['regions'], asIs],
  [NEW_REGIONS, asIs],
  ...NOTIFY.map((steps): [readonly Step[], Canonical] => [[...steps, 'emails'], asIs]),
  [['trust', 'accounts'], asIs],
  ...SIDES.flatMap((side): [readonly Step[], Canonical][] => [
    [[...side, 'accounts'], asIs],
    [[...side, 'vpcs'], asIs],
    [[...side, 'regions'], asIs],
    [[...side, 'cidrs'], asCidr],
    [[...side, 'organizationalUnits'], asIs],
    [[...side, 'tags', EACH], asIs],
    [[...side, 'accountTags', EACH], asIs],
  ]),
  [['connect', EACH, 'spokes', 'organizationalUnits'], asIs],
  [['rules', EACH, 'routes', 'destinations'], asCidr],
  [['rules', EACH, 'routes', 'destinations', 'subnetTags', EACH], asIs],
  [['rules', EACH, 'routes', 'exclude'], asCidr],
  [['rules', EACH, 'probe', 'targets'], asProbeTarget],
];

function doubled(input: unknown): FileSlip[] {
  return LISTS.flatMap(([steps, canonical]) =>
    placesAt(input, steps).flatMap(({ path, value }) => {
      const seen = new Map<string, string>();
      return textsAt(value, [EACH]).flatMap(({ path: [index = 0], text }) => {
        const form = canonical(text);
        const before = seen.get(form);
        seen.set(form, before ?? text);
        if (before === undefined) {
          return [];
        }
        const what = `"${printable(text, 80)}"`;
        const same =
          before === text
            ? `${what} is in this list already`
            : `${what} is "${printable(before, 80)}", which is in this list already`;
        return [{ path: [...path, index], message: `${same}; take one of them out` }];
      });
    }),
  );
}

/** A pool that is named twice, with the same Region or with another one: it has one locale. */
function doubledPools(input: unknown): FileSlip[] {
  const seen = new Set<string>();
  return textsAt(input, ['guardrails', 'ipam', 'pools', EACH, 'id']).flatMap(({ path, text }) => {
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    return [{ path, message: `"${printable(text, 80)}" is in this list already; take one of them out` }];
  });
}

/** In the area that was written, where there is such an area: us-south-1 is nearer to af-south-1, which nobody meant. */
function nearestRegion(text: string): string | undefined {
  const there = KNOWN_REGIONS.filter((region) => areaOf(region) === areaOf(text));
  return didYouMean(text, there.length > 0 ? there : KNOWN_REGIONS);
}

function unknownRegion(text: string): string {
  const near = nearestRegion(text);
  const guess = near === undefined ? '' : `; did you mean "${near}"?`;
  return (
    `this version knows no Region "${printable(text, 80)}"${guess || '.'} ` +
    `If AWS has opened it since, write newRegions: [${printable(text, 80)}] too`
  );
}

function newRegions(input: unknown): Set<string> {
  return new Set(textsAt(input, [...NEW_REGIONS, EACH]).map(({ text }) => text));
}

function unknownRegions(input: unknown): FileSlip[] {
  const added = newRegions(input);
  const exists = (text: string) => isKnownRegion(text) || added.has(text);
  return REGION_LISTS.flatMap((steps) =>
    textsAt(input, steps).flatMap(({ path, text }) => {
      if (REGION_FORM.test(text)) {
        return exists(text) ? [] : [{ path, message: unknownRegion(text) }];
      }
      const matches = (region: string) => matchesPattern(text, region);
      // What is neither a Region nor a pattern, the schema refuses.
      if (!hasWildcard(text) || KNOWN_REGIONS.some(matches) || [...added].some(matches)) {
        return [];
      }
      const areas = REGION_AREAS.join(', ');
      const message = `no Region matches "${printable(text, 80)}"; names of Regions start with ${areas}`;
      return [{ path, message }];
    }),
  );
}

/** What belongs to one partition, or, as a pattern may, to several. */
interface Placed {
  readonly path: Path;
  readonly text: string;
  readonly partitions: readonly string[];
}

/** None of a Region that does not exist, which is told of as such. */
function partitionsOf(text: string, added: ReadonlySet<string>): string[] {
  if (!hasWildcard(text)) {
    return isKnownRegion(text) || added.has(text) ? [partitionOf(text)] : [];
  }
  return [...new Set(KNOWN_REGIONS.filter((region) => matchesPattern(text, region)).map(partitionOf))];
}

function placed(input: unknown): Placed[] {
  const added = newRegions(input);
  const regions = REGION_LISTS.flatMap((steps) => textsAt(input, steps)).map(({ path, text }) => ({
    path,
    text,
    partitions: partitionsOf(text, added),
  }));
  const arns = ARNS.flatMap((steps) => textsAt(input, steps)).map(({ path, text }) => {
    const partition = /^arn:(aws[a-z-]*):/.exec(text)?.[1];
    return { path, text, partitions: partition === undefined ? [] : [partition] };
  });
  return [...regions, ...arns].filter(({ partitions }) => partitions.length > 0);
}

/** Neither IAM nor VPC peering crosses partitions. */
function severalPartitions(input: unknown): FileSlip[] {
  const all = placed(input);
  const first = all.find(({ partitions }) => partitions.length === 1);
  const [home] = first?.partitions ?? [];
  if (first === undefined || home === undefined) {
    return [];
  }
  return all
    .filter(({ partitions }) => !partitions.includes(home))
    .map(({ path, text, partitions }) => ({
      path,
      message:
        `"${printable(text, 80)}" is in the partition ${partitions.join(' or ')}, but "${printable(first.text, 80)}" is in ${home}; ` +
        'no stack and no peering crosses partitions, so give each partition a policy file of its own',
    }));
}

/** All such slips of a policy that may have other faults, which it tolerates. */
export function fileSlips(input: unknown): FileSlip[] {
  // The schema refuses more; to look through tens of thousands takes seconds.
  if (placesAt(input, ['rules', EACH]).length > MAX_RULES) {
    return [];
  }
  return [...unknownRegions(input), ...severalPartitions(input), ...doubled(input), ...doubledPools(input)];
}
