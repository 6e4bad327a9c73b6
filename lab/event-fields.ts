/** Fields of events and patterns by path: EventBridge knows `{"a.b": 1}` and `{"a": {"b": 1}}` as one and the same. */

interface JsonObject {
  readonly [key: string]: unknown;
}

type Combine = (first: unknown, second: unknown) => unknown;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object that inherits nothing: keys come from outside. */
function fresh(): { [key: string]: unknown } {
  return Object.create(null);
}

function put(into: { [key: string]: unknown }, path: readonly string[], value: unknown, combine: Combine) {
  const [key = '', ...rest] = path;
  let added = value;
  if (rest.length > 0) {
    const inner = fresh();
    put(inner, rest, value, combine);
    added = inner;
  }
  into[key] = Object.hasOwn(into, key) ? merge(into[key], added, combine) : added;
}

function merge(first: unknown, second: unknown, combine: Combine): unknown {
  if (!isObject(first) || !isObject(second)) {
    return combine(first, second);
  }
  const merged = Object.assign(fresh(), first);
  for (const [key, value] of Object.entries(second)) {
    put(merged, [key], value, combine);
  }
  return merged;
}

function nest(value: unknown, combine: Combine, inList: (list: readonly unknown[]) => unknown): unknown {
  if (Array.isArray(value)) {
    return inList(value);
  }
  if (!isObject(value)) {
    return value;
  }
  const nested = fresh();
  for (const [key, inner] of Object.entries(value)) {
    put(nested, key.split('.'), nest(inner, combine, inList), combine);
  }
  return nested;
}

/** The event with each name that has dots taken apart. A field that is there twice has both values. */
export function nestEvent(event: unknown): unknown {
  const both: Combine = (first, second) => [first, second].flat();
  return nest(event, both, (list) => list.map((element) => nestEvent(element)));
}

/**
 * The pattern with each name that has dots taken apart. Of a field that is asked for twice the last one counts.
 * @param inList what becomes of a list of the pattern.
 */
export function nestPattern(pattern: unknown, inList: (list: readonly unknown[]) => unknown): unknown {
  return nest(pattern, (_first, second) => second, inList);
}
