import type { CallCount, NewFault } from 'local-aws-peering';
import { pascalCase } from '../resources/cloudformation.ts';
import { FUNCTIONS } from '../resources/functions.ts';

/** One call that one function makes; found by watching, not listed by hand. */
export interface WatchedCall {
  readonly function: string;
  readonly service: string;
  readonly action: string;
}

export interface FaultShape {
  readonly heading: string;
  readonly kind: NewFault['kind'];
  /** `always`: every attempt, those of the SDK and those of Lambda, until the faults end. */
  readonly hits: 'once' | 'always';
  /** `writes`: to a call that changes nothing it is the same as a connection that is reset before. */
  readonly on: 'every call' | 'writes';
}

export const FAULT_SHAPES: readonly FaultShape[] = [
  { heading: 'throttled', kind: 'throttle', hits: 'always', on: 'every call' },
  { heading: 'error 500', kind: 'error500', hits: 'always', on: 'writes' },
  { heading: 'reset before', kind: 'reset-before', hits: 'always', on: 'every call' },
  { heading: 'reset after, once', kind: 'reset-after', hits: 'once', on: 'writes' },
  { heading: 'reset after', kind: 'reset-after', hits: 'always', on: 'writes' },
  { heading: 'slow', kind: 'outlived', hits: 'once', on: 'every call' },
  { heading: 'NotFound', kind: 'not-found', hits: 'always', on: 'every call' },
  { heading: 'denied', kind: 'denied', hits: 'always', on: 'every call' },
];

export interface FaultCase {
  readonly flow: string;
  readonly call: WatchedCall;
  readonly shape: FaultShape;
}

/** The calls of the stack's functions among those that reached the lab. */
export function callsOfFunctions(counts: readonly CallCount[]): WatchedCall[] {
  return counts.flatMap(({ service, action, principal }) => {
    const role = principal.split('/').at(-1) ?? '';
    const name = FUNCTIONS.find((each) => role.includes(`${pascalCase(each)}Role`));
    return name === undefined ? [] : [{ function: name, service, action }];
  });
}

/** What any of the labs has seen: some calls are made only when two passes meet. */
export function allWatched(
  labs: readonly ReadonlyMap<string, readonly WatchedCall[]>[],
): ReadonlyMap<string, readonly WatchedCall[]> {
  const all = new Map<string, WatchedCall[]>();
  for (const [flow, calls] of labs.flatMap((watched) => [...watched])) {
    all.set(flow, [...(all.get(flow) ?? []), ...calls]);
  }
  return all;
}

export function isRead({ action }: WatchedCall): boolean {
  return /^(Describe|List|Get|Query)/.test(action);
}

/** Each flow's own calls with each fault that can do to it what no other does, each once, spread so that what comes first covers every call and every fault early. */
export function faultCases(flows: ReadonlyMap<string, readonly WatchedCall[]>): FaultCase[] {
  const seen = new Set<string>();
  const calls = [...flows].flatMap(([flow, watched]) =>
    watched.flatMap((call) => {
      const key = `${call.function} ${call.service} ${call.action}`;
      if (seen.has(key)) {
        return [];
      }
      seen.add(key);
      return [{ flow, call }];
    }),
  );
  return FAULT_SHAPES.flatMap((_, round) =>
    calls.flatMap(({ flow, call }, index) => {
      const shape = FAULT_SHAPES[(index + round) % FAULT_SHAPES.length];
      return shape === undefined || (shape.on === 'writes' && isRead(call)) ? [] : [{ flow, call, shape }];
    }),
  );
}
