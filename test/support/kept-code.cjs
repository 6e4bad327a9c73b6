'use strict';
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { basename, dirname, join, sep } = require('node:path');
const vm = require('node:vm');

/**
 * Loaded into every Node process of a test run: what V8 compiled of the framework in one `serverless` of a run is taken over by
 * the next ones. They run the very same files, which are compiled for longer than they run: the check of the
 * configuration is one function of some megabytes.
 */

const KEPT = process.env.TEST_KEPT;
const PACKAGES = `${sep}node_modules${sep}`;

/** As Node makes it for a module (lib/internal/modules/helpers.js), of public parts. */
function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

function known(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code !== 'ENOENT') {
      throw error;
    }
    return undefined;
  }
}

function keepCode(directory) {
  const fresh = [];
  const compileAnew = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, ...rest) {
    if (!filename.includes(PACKAGES) || rest.some(Boolean) || content.startsWith('#!')) {
      return compileAnew.call(this, content, filename, ...rest);
    }
    const key = createHash('sha1').update(filename).update('\0').update(content).digest('hex');
    const kept = join(directory, key);
    const cachedData = known(kept);
    const script = new vm.Script(Module.wrap(content), {
      filename,
      cachedData,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    if (cachedData === undefined || script.cachedDataRejected) {
      fresh.push({ script, kept });
    }
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, requireOf(this), this, filename, dirname(filename));
  };
  // Only now all functions that are needed have been compiled.
  process.once('exit', () => {
    mkdirSync(directory, { recursive: true });
    for (const { script, kept } of fresh) {
      const making = `${kept}.${process.pid}`;
      writeFileSync(making, script.createCachedData());
      renameSync(making, kept);
    }
  });
}

if (KEPT && basename(process.argv[1] ?? '') === 'serverless.js') {
  keepCode(join(KEPT, 'code'));
}
