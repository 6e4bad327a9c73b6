import { stringify } from 'yaml';

/** A document as YAML, no line folded. In a file of its own, so that only who asks for YAML loads the library. */
export function yamlOf(document: object): string {
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
