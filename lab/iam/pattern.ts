/** Patterns of IAM policies: `*` stands for any text, `?` for one character. There is no escape. */

/** Case counts. Goes back to the last `*` only, so it takes at most pattern times text steps. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let afterStar = 0;
  while (at < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern;
      afterStar = at;
      inPattern += 1;
    } else if (wanted === '?' || wanted === text[at]) {
      at += 1;
      inPattern += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      inPattern = star + 1;
      afterStar += 1;
      at = afterStar;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') {
    inPattern += 1;
  }
  return inPattern === pattern.length;
}

/** Fields of an ARN; the last one, the resource, may contain colons itself. */
const ARN_FIELDS = 6;

function arnFields(arn: string): readonly string[] {
  const fields = arn.split(':');
  return [...fields.slice(0, ARN_FIELDS - 1), fields.slice(ARN_FIELDS - 1).join(':')];
}

/**
 * Whether an ARN fits a pattern field by field: a `*` does not reach over the colon into the next field (IAM user guide,
 * "IAM JSON policy elements: Resource"). The pattern `*` fits everything; the resource `*`, which a call has that AWS
 * checks against no resource in particular, fits that pattern only.
 */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') {
    return true;
  }
  const wanted = arnFields(pattern);
  const actual = arnFields(arn);
  return (
    pattern.split(':').length >= ARN_FIELDS &&
    arn.split(':').length >= ARN_FIELDS &&
    wanted.every((part, index) => matchesPattern(part, actual[index] ?? ''))
  );
}
