/** Number of single-character edits, a swap of neighbours counting as one, between two texts. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** `tag_prefix`, `Tag-Prefix` and `tagPrefix` are the same word. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The candidate that was probably meant, if one is near: a third of its characters may differ. */
export function didYouMean(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > 64) {
    return undefined;
  }
  let nearest: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(plain(text), plain(candidate));
    if (distance <= Math.floor(candidate.length / 3) && distance < (nearest?.distance ?? Infinity)) {
      nearest = { candidate, distance };
    }
  }
  return nearest?.candidate;
}
