'use strict';
const vm = require('node:vm');

/**
 * Loaded into Jest's workers: a file that several test files of a worker load is compiled once. Jest compiles each with
 * `vm.compileFunction`, which V8 does anew every time; a script of the same text and name it finds again, with all
 * functions that were compiled since.
 */

const compileAnew = vm.compileFunction;

function compileFunction(code, parameters, options) {
  // The callback for `import()` would keep V8 from finding it. Without Node's flag for ES modules Jest's only refuses.
  const { filename, parsingContext, importModuleDynamically: _, ...others } = options ?? {};
  if (parsingContext === undefined || parameters === undefined || Object.keys(others).length > 0) {
    return compileAnew(code, parameters, options);
  }
  const head = `(function(${parameters.join(',')}){`;
  // Places in the file stay what they are.
  const script = new vm.Script(`${head}${code}\n})`, { filename, columnOffset: -head.length });
  return script.runInContext(parsingContext);
}

const { JEST_WORKER_ID, NODE_OPTIONS = '' } = process.env;

if (JEST_WORKER_ID !== undefined && !NODE_OPTIONS.includes('--experimental-vm-modules')) {
  vm.compileFunction = compileFunction;
}
