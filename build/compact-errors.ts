import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** As the SDK writes the class of each error that a service can answer with. */
const ERROR_CLASS =
  /export class (\w+) extends __BaseException \{\s+static shapeId = "[^"]+";\s+name = "(\w+)";\s+\$fault = "(client|server)";[\s\S]*?\n\}\n/g;

/**
 * Writes the SDK's error classes, all alike but for their names, in a line each. A service has up to a hundred and forty, and
 * a bundle has to keep them all, because any may be the answer. What is written in another way stays as it is.
 */
export function compactErrorClasses(source: string): string {
  const compact = source.replace(
    ERROR_CLASS,
    // Nearly all are the client's fault, so that need not be said.
    (_, name: string, code: string, fault: string) =>
      `export const ${name} = __errorClass(${JSON.stringify(code)}${fault === 'client' ? '' : `, ${JSON.stringify(fault)}`});\n`,
  );
  return compact === source
    ? source
    : `${compact}
function __errorClass(name, $fault = 'client') {
  const made = class extends __BaseException {
    constructor({ message, ...fields }) {
      super({ message, ...fields, name, $fault });
      Object.setPrototypeOf(this, made.prototype);
      Object.assign(this, fields, { name, $fault });
    }
  };
  return made;
}
`;
}

export function compactErrors(): Plugin {
  return {
    name: 'compact-errors',
    setup(build) {
      build.onLoad(
        { filter: /[\\/]@aws-sdk[\\/]client-[a-z-]+[\\/]dist-es[\\/]models[\\/]errors\.js$/ },
        async ({ path }) => ({ contents: compactErrorClasses(await readFile(path, 'utf8')), loader: 'js' }),
      );
    },
  };
}
