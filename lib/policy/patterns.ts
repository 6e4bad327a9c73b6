/**
 * Patterns of the policy: text in which each `*` stands for any characters, none included. Nothing else is special.
 * Matched without a regular expression, so that no pattern takes more than linear time.
 */

export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*');
}

/** Whether the pattern matches the whole value. Case matters, as it does in AWS ids and tags. */
export function matchesPattern(pattern: string, value: string): boolean {
  if (!hasWildcard(pattern)) {
    return value === pattern;
  }
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop() ?? '';
  if (value.length < head.length + tail.length || !value.startsWith(head) || !value.endsWith(tail)) {
    return false;
  }
  // The leftmost place for each part leaves the most room for those behind it.
  const end = value.length - tail.length;
  let from = head.length;
  for (const part of rest) {
    const at = value.indexOf(part, from);
    if (at === -1 || at + part.length > end) {
      return false;
    }
    from = at + part.length;
  }
  return true;
}

/**
 * Whether `wide` matches everything that `narrow` matches. A `*` in `narrow` can only be matched by one in `wide`, so
 * the text of `narrow` stands for all that it matches.
 */
export function patternCovers(wide: string, narrow: string): boolean {
  return matchesPattern(wide, narrow);
}

/** Whether some text matches both patterns. Takes |a| × |b| steps. */
export function patternsIntersect(a: string, b: string): boolean {
  // meets[j]: some text matches both what has been read of `a` and the first j characters of `b`.
  let meets = Array.from({ length: b.length + 1 }, (_, j) => /^\**$/.test(b.slice(0, j)));
  for (let i = 1; i <= a.length; i++) {
    const x = a.charAt(i - 1);
    const row: boolean[] = [x === '*' && meets[0] === true];
    for (let j = 1; j <= b.length; j++) {
      const y = b.charAt(j - 1);
      const both = meets[j - 1] === true && x === y;
      // A `*` stands for nothing, or for one more character of the other pattern.
      const byX = x === '*' && (meets[j] === true || row[j - 1] === true);
      const byY = y === '*' && (meets[j] === true || row[j - 1] === true);
      row.push(both || byX || byY);
    }
    meets = row;
  }
  return meets[b.length] === true;
}
