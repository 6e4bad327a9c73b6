import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import { type Options, transformSync } from '@swc/core';

/** The same translation that jest.config.js asks @swc/jest for. */
const TRANSLATION: Options = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
  module: { type: 'commonjs' },
  swcrc: false,
};

interface LoadedModule {
  readonly exports: unknown;
}

interface CompiledModule {
  /** What Node makes of a CommonJS module, with the parameters that Node gives it. */
  readonly body: (
    exports: unknown,
    require: (specifier: string) => unknown,
    module: LoadedModule,
    __filename: string,
    __dirname: string,
  ) => void;
  readonly requirePackage: (specifier: string) => unknown;
}

/**
 * Loads TypeScript modules of this project as often as somebody asks, each time as if for the first time: nothing that
 * a module remembers reaches the next load. Reading and compiling, which take the time, happen once. Packages are
 * loaded once, too.
 */
export class FreshModules {
  readonly #compiled = new Map<string, CompiledModule>();

  /** @returns what loads a file by its absolute path, with whatever it imports, and gives the same module if asked again. */
  start(): (file: string) => unknown {
    const loaded = new Map<string, LoadedModule>();
    const load = (file: string): unknown => {
      const known = loaded.get(file);
      if (known !== undefined) {
        return known.exports;
      }
      const { body, requirePackage } = this.#compile(file);
      const module: LoadedModule = { exports: {} };
      loaded.set(file, module);
      const require = (specifier: string) =>
        specifier.startsWith('.') ? load(resolve(dirname(file), specifier)) : requirePackage(specifier);
      body(module.exports, require, module, file, dirname(file));
      return module.exports;
    };
    return load;
  }

  #compile(file: string): CompiledModule {
    const known = this.#compiled.get(file);
    if (known !== undefined) {
      return known;
    }
    const { code } = transformSync(readFileSync(file, 'utf8'), { ...TRANSLATION, filename: file });
    const body = compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname'], {
      filename: file,
    }) as CompiledModule['body'];
    const compiled = { body, requirePackage: createRequire(file) };
    this.#compiled.set(file, compiled);
    return compiled;
  }
}
