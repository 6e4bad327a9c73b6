import { compareText } from '../model.ts';

/** Parallel lines side by side: lines of one group share a track, and two groups share one where they do not meet. */

/** Between the ends of two groups on one track. */
const APART = 10;

export interface Tracks {
  /** From 0, by group. */
  readonly of: ReadonlyMap<string, number>;
  readonly count: number;
}

export class Lanes {
  readonly #spans = new Map<string, { low: number; high: number }>();

  /** A piece of a line of the group runs from one place to the other. */
  add(group: string, from: number, to: number): void {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    const span = this.#spans.get(group);
    if (span === undefined) {
      this.#spans.set(group, { low, high });
    } else {
      span.low = Math.min(span.low, low);
      span.high = Math.max(span.high, high);
    }
  }

  /** Each group gets the first track that is free where it runs. */
  tracks(): Tracks {
    const ends: number[] = [];
    const of = new Map<string, number>();
    const spans = [...this.#spans].sort(
      ([a, first], [b, second]) => first.low - second.low || second.high - first.high || compareText(a, b),
    );
    for (const [group, { low, high }] of spans) {
      const free = ends.findIndex((end) => end + APART < low);
      const track = free === -1 ? ends.length : free;
      ends[track] = high;
      of.set(group, track);
    }
    return { of, count: ends.length };
  }
}

const WIDEST_STEP = 6;
const NARROWEST_STEP = 2.5;
/** Up to this width lines keep their distance; more of them move together. */
const COMFORTABLE = 120;

/** Between two tracks beside each other, in points. */
export function stepOf(count: number): number {
  return Math.max(NARROWEST_STEP, Math.min(WIDEST_STEP, COMFORTABLE / Math.max(1, count)));
}
