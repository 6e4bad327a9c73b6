import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * The AWS SDK writes its schemas with computed keys, `{ [_eQN]: "Min" }` with `const _eQN = "ec2QueryName"` at the top of
 * the file. A computed key could have side effects, so esbuild keeps every schema of the service, used or not. With the
 * key written out the meaning is the same and what is not used falls away.
 */
export function withLiteralKeys(source: string): string {
  const constants = new Map<string, string>();
  for (const [, name, value] of source.matchAll(/^(?:export )?const (_\w+) = ("(?:[^"\\]|\\.)*");$/gm)) {
    if (name !== undefined && value !== undefined) {
      constants.set(name, value);
    }
  }
  return source.replace(/([{,]\s*)\[(_\w+)\]:/g, (whole, before: string, name: string) => {
    const value = constants.get(name);
    return value === undefined ? whole : `${before}${value}:`;
  });
}

export function literalKeys(): Plugin {
  return {
    name: 'literal-keys',
    setup(build) {
      build.onLoad({ filter: /[\\/]schemas[\\/]schemas_\d+\.js$/ }, async ({ path }) => ({
        contents: withLiteralKeys(await readFile(path, 'utf8')),
        loader: 'js',
      }));
    },
  };
}
