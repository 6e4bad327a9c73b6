/**
 * Types of resources that moto would make and then act upon by itself: given an event source mapping, it runs the
 * function in Docker whenever a message is sent. In the templates that moto sees they have a name that it does not know,
 * so that it leaves them out, and the lab makes them.
 */
const HIDDEN_TYPES: readonly string[] = ['AWS::Lambda::EventSourceMapping'];

const PREFIX = 'Lab::';

/** The name of a type in a template for moto. */
export function hiddenType(type: string): string {
  return HIDDEN_TYPES.includes(type) ? `${PREFIX}${type}` : type;
}

/** A template or an answer of moto, with the types named as AWS names them. */
export function withTypesShown(text: string): string {
  return HIDDEN_TYPES.reduce((shown, type) => shown.replaceAll(`${PREFIX}${type}`, type), text);
}
