/** `wildcard` of event patterns: what it matches, and when EventBridge calls it too complex. */

/** One step of a wildcard: a character, or `*` for any run of them. */
export interface WildcardStep {
  readonly character: string;
  readonly any: boolean;
}

/**
 * The highest complexity that EventBridge was seen to take. It was seen to refuse 11; what is between is refused here,
 * so that nothing rests on it.
 */
export const MOST_COMPLEX = 7;

/** @throws with what is wrong, to be read after the name of the field. */
export function readWildcard(text: string): WildcardStep[] {
  const steps: WildcardStep[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const next = text.charAt(index + 1);
    if (character === '*') {
      if (next === '*') {
        throw new Error(`has two "*" in a row in the wildcard "${text}"`);
      }
      steps.push({ character, any: true });
    } else if (character === '\\') {
      if (next !== '*' && next !== '\\') {
        throw new Error(`has a "\\" in the wildcard "${text}" that escapes neither "*" nor "\\"`);
      }
      steps.push({ character: next, any: false });
      index++;
    } else {
      steps.push({ character, any: false });
    }
  }
  return steps;
}

export function wildcardExpression(steps: readonly WildcardStep[]): RegExp {
  const source = steps.map(({ character, any }) =>
    any ? '[\\s\\S]*' : character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${source.join('')}$`);
}

/** What a text that has come this far may go on with, in one of the wildcards. */
interface Place {
  /** Undefined at the end of the wildcard. */
  readonly step: WildcardStep | undefined;
  /** Whether the step before is `*`, which any character keeps here. */
  readonly stays: boolean;
}

/** The place before each step of each wildcard, and that behind its last one; the next place is the next index. */
function placesOf(wildcards: readonly (readonly WildcardStep[])[]): Place[] {
  return wildcards.flatMap((steps) =>
    [...steps, undefined].map((step, index) => ({ step, stays: steps[index - 1]?.any === true })),
  );
}

/** `*` may stand for nothing: a text that is before it is behind it too. */
function withSkipped(places: readonly Place[], indexes: readonly number[]): readonly number[] {
  const all = new Set<number>();
  for (let index of indexes) {
    all.add(index);
    while (places[index]?.step?.any) {
      index++;
      all.add(index);
    }
  }
  return [...all].sort((a, b) => a - b);
}

function after(places: readonly Place[], indexes: readonly number[], character: string): readonly number[] {
  const reached = indexes.flatMap((index) => {
    const { step, stays } = places[index] ?? {};
    const goesOn = step !== undefined && !step.any && step.character === character;
    return [...(stays ? [index] : []), ...(goesOn ? [index + 1] : [])];
  });
  return withSkipped(places, reached);
}

/**
 * How many beginnings of the wildcards of one field a text can match at once, at most: what EventBridge's own matcher
 * calls the complexity of a rule. Not counted further once it is above `enough`.
 */
export function wildcardComplexity(
  wildcards: readonly (readonly WildcardStep[])[],
  enough = MOST_COMPLEX,
): number {
  const places = placesOf(wildcards);
  // A character that no wildcard names stands for all others.
  const characters = new Set(['', ...wildcards.flat().map(({ character, any }) => (any ? '' : character))]);
  const start = withSkipped(
    places,
    places.flatMap((_, index) => (index === 0 || places[index - 1]?.step === undefined ? [index] : [])),
  );
  const seen = new Set([start.join()]);
  const open = [start];
  let most = 0;
  for (let indexes = open.pop(); indexes !== undefined && most <= enough; indexes = open.pop()) {
    for (const character of characters) {
      const reached = after(places, indexes, character);
      if (!seen.has(reached.join())) {
        seen.add(reached.join());
        open.push(reached);
        most = Math.max(most, reached.length);
      }
    }
  }
  return most;
}
