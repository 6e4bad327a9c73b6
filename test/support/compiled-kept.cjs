'use strict';
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join, sep } = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

/**
 * Loaded into a program that a test run starts many times: what its packages were compiled to is kept for the next start. Of
 * the framework's start that is more than half. Node 22 and newer do this themselves.
 */

/** By file: its text's hash, and what V8 made of it. */
function keptIn(place) {
  return existsSync(place) ? v8.deserialize(readFileSync(place)) : new Map();
}

/** As Node makes it for a module. */
function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

/** Undefined for what is no CommonJS: Node knows what it is. */
function parsed(content, filename, cachedData) {
  const [head] = Module.wrapper;
  try {
    return new vm.Script(Module.wrap(content), {
      filename,
      // Places in the file stay what they are.
      columnOffset: -head.length,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      // V8 compares no more than the length of the text.
      ...(cachedData === undefined ? {} : { cachedData }),
    });
  } catch (error) {
    if (error.name === 'SyntaxError') return undefined;
    throw error;
  }
}

function keepCompiled(place) {
  const known = keptIn(place);
  const compiled = new Map();
  const compileAsNode = Module.prototype._compile;

  function scriptOf(content, filename) {
    const hash = createHash('sha1').update(content).digest('base64');
    const kept = known.get(filename);
    const script = parsed(content, filename, kept?.hash === hash ? kept.data : undefined);
    if (known.size === 0 && script !== undefined) compiled.set(filename, { hash, script });
    return script;
  }

  Module.prototype._compile = function _compile(content, filename, format) {
    // The project's own files have source maps, which Node reads while it compiles.
    const isPackage = filename.includes(`${sep}node_modules${sep}`) && !content.startsWith('#!');
    const script = isPackage && format !== 'module' ? scriptOf(content, filename) : undefined;
    if (script === undefined) {
      return compileAsNode.call(this, content, filename, format);
    }
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, requireOf(this), this, filename, dirname(filename));
  };

  // At the end, because then also what was compiled only when it was called is in it.
  process.on('exit', () => {
    if (compiled.size === 0 || existsSync(place)) return;
    const made = new Map(
      [...compiled].map(([filename, { hash, script }]) => [
        filename,
        { hash, data: script.createCachedData() },
      ]),
    );
    const making = `${place}.${process.pid}`;
    writeFileSync(making, v8.serialize(made));
    renameSync(making, place);
  });
}

const { TEST_KEPT } = process.env;

if (TEST_KEPT !== undefined && Module.enableCompileCache !== undefined) {
  Module.enableCompileCache(join(TEST_KEPT, 'compiled'));
} else if (TEST_KEPT !== undefined && vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER !== undefined) {
  const program = createHash('sha1')
    .update(process.argv[1] ?? '')
    .digest('hex');
  keepCompiled(join(TEST_KEPT, `compiled-${program.slice(0, 8)}`));
}
