/**
 * The process that one Lambda function runs in. The lab sends invocations over the IPC channel, one at a time; what the
 * function writes to stdout and stderr is its log.
 */
import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { Worker } from 'node:worker_threads';

// The lab ends its functions itself. Should it die first, a thread ends this process even if the handler never yields.
// The lab says who it is: it may be gone before the thread first looks.
new Worker(
  `setInterval(() => process.ppid === ${Number(process.env.LAB_PID)} || process.kill(process.pid, 'SIGKILL'), 500);`,
  { eval: true },
).unref();
process.on('disconnect', () => process.exit());

/** The machine's time: what the lab counts a function's time by. */
const machineNow = Date.now;

/** A function sees the lab's clock, which may be ahead of the machine's. The lab says so anew with each invocation. */
let aheadMs = Number(process.env.LAB_CLOCK_AHEAD_MS ?? 0);
const MachineDate = Date;
const labNow = () => machineNow() + aheadMs;
globalThis.Date = new Proxy(MachineDate, {
  apply: () => new MachineDate(labNow()).toString(),
  construct: (target, dateArguments, newTarget) =>
    Reflect.construct(target, dateArguments.length === 0 ? [labNow()] : dateArguments, newTarget),
  get: (target, name) => (name === 'now' ? labNow : target[name]),
});
MachineDate.prototype.constructor = globalThis.Date;

const output = {
  stdout: process.stdout.write.bind(process.stdout),
  stderr: process.stderr.write.bind(process.stderr),
};
let current;

/** Says on both streams that all output of the invocation is out. */
function endOutput(id) {
  output.stdout(`\u0000end ${id}\n`);
  output.stderr(`\u0000end ${id}\n`);
}

/** Lambda puts time, request id and level before what the console prints. */
for (const [method, level] of [
  ['trace', 'TRACE'],
  ['debug', 'DEBUG'],
  ['log', 'INFO'],
  ['info', 'INFO'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
]) {
  console[method] = (...values) =>
    output.stdout(
      `${[new Date().toISOString(), current?.id ?? 'undefined', level, format(...values)].join('\t').replaceAll('\n', '\r')}\n`,
    );
}

function describe(error) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function reply(message) {
  if (current === undefined) {
    return;
  }
  const { id } = current;
  current = undefined;
  endOutput(id);
  process.send({ id, ...message });
}

for (const kind of ['uncaughtException', 'unhandledRejection']) {
  process.on(kind, (error) => {
    const { errorMessage, trace } = describe(error);
    const errorType =
      kind === 'unhandledRejection' ? 'Runtime.UnhandledPromiseRejection' : describe(error).errorType;
    console.error(
      kind === 'unhandledRejection' ? 'Unhandled Promise Rejection' : 'Uncaught Exception',
      error,
    );
    reply({ error: { errorType, errorMessage, trace } });
    process.exit(1);
  });
}

async function findModule(path) {
  for (const extension of ['', '.js', '.mjs', '.cjs']) {
    const file = join(process.env.LAMBDA_TASK_ROOT, path + extension);
    try {
      await access(file);
      return file;
    } catch (error) {
      if (error.code !== 'ENOENT') {
        throw error;
      }
    }
  }
  throw Object.assign(new Error(`Cannot find module '${path}'`), { name: 'Runtime.ImportModuleError' });
}

async function loadHandler() {
  const [name, ...exportPath] = basename(process.env._HANDLER).split('.');
  const module = await import(
    pathToFileURL(await findModule(join(dirname(process.env._HANDLER), name))).href
  );
  const find = (from) => exportPath.reduce((value, key) => value?.[key], from);
  const handler = find(module) ?? find(module.default);
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`${process.env._HANDLER} is undefined or not exported`), {
      name: 'Runtime.HandlerNotFound',
    });
  }
  return handler;
}

function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const result = handler(event, context, (error, value) => (error ? reject(error) : resolve(value)));
    if (typeof result?.then === 'function' || handler.length < 3) {
      resolve(result);
    }
  });
}

async function invoke(handler, { id, payload, context, aheadMs: ahead, deadline }) {
  current = { id };
  aheadMs = ahead;
  try {
    const result = await run(handler, JSON.parse(payload), {
      ...context,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - machineNow()),
    });
    reply({ result: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    console.error('Invoke Error', error);
    reply({ error: describe(error) });
  }
}

try {
  const handler = await loadHandler();
  process.on('message', (message) => invoke(handler, message));
  process.send({ ready: true });
} catch (error) {
  console.error('Uncaught Exception', error);
  process.send({ initError: describe(error) }, () => process.exit(1));
}
