import { bindParameters, linesOf, parseDocument } from 'local-aws-peering/ssm';
import {
  COUNT_PATTERN,
  NAMES_PATTERN,
  PING_DOCUMENT_CONTENT,
  PING_PATTERN,
  PORTS_PATTERN,
  SIZES_PATTERN,
  TARGET_PATTERN,
} from '../../lib/connectivity/ping-document.ts';

/** The product's own document, and its steps as an agent runs them. */

export const PING_DOCUMENT = parseDocument('ping', JSON.stringify(PING_DOCUMENT_CONTENT));

/** What each parameter lets through. */
export const PATTERNS = {
  target: TARGET_PATTERN,
  count: COUNT_PATTERN,
  ping: PING_PATTERN,
  ports: PORTS_PATTERN,
  sizes: SIZES_PATTERN,
  names: NAMES_PATTERN,
};

/** The text of a step with these parameters. @throws SsmError for one that its pattern refuses. */
export function scriptOf(step: string, given: Readonly<Record<string, string>>): string {
  const found = PING_DOCUMENT.steps.find(({ name }) => name === step);
  if (found === undefined) throw new Error(`no step ${step}`);
  const bound = bindParameters(
    PING_DOCUMENT,
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value]])),
  );
  return `${linesOf(found, bound).join('\n')}\n`;
}
