import type { HtmlCell } from './html.ts';
import type { ShownAssessment } from './shown-assessment.ts';

export type Tone = NonNullable<HtmlCell['tone']>;

/** A peering, with its name under its id. */
export function peeringCell(
  { names }: Pick<ShownAssessment, 'names'>,
  peeringId: string | undefined,
): HtmlCell {
  const name = peeringId === undefined ? undefined : names.get(peeringId);
  return { text: peeringId ?? '-', ...(name === undefined ? {} : { under: name }) };
}
