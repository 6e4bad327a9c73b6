/** Which of two versions is the older one (Semantic Versioning 2.0.0, item 11). Pure. */

const FORM = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/;

function comparePart(a: string, b: string): number {
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumberA && isNumberB) return Number(a) - Number(b);
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first part that differs decides; of two that begin alike, the shorter is the older. */
function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = comparePart(a[index] ?? '', b[index] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** @returns whether `version` is older than `other`; false where one of them is no version of this form, or not known. */
export function isOlder(version: string | undefined, other: string | undefined): boolean {
  const [a, b] = [FORM.exec(version ?? ''), FORM.exec(other ?? '')];
  if (a === null || b === null) {
    return false;
  }
  const release = compareParts(a.slice(1, 4), b.slice(1, 4));
  if (release !== 0) {
    return release < 0;
  }
  const [beforeA, beforeB] = [a[4], b[4]];
  // What comes before a release is older than it.
  if (beforeA === undefined || beforeB === undefined) {
    return beforeA !== undefined && beforeB === undefined;
  }
  return compareParts(beforeA.split('.'), beforeB.split('.')) < 0;
}
