import { writeSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/**
 * The process of a kept command (kept-command.ts): runs the built command that its first argument names, once for each
 * message, as if each run had a process of its own. Only the command's first file is evaluated anew; what it imports
 * stays loaded.
 */

const LOOKS_EVERY_MS = 100;

const [, , file, patience] = process.argv;

/** A process that does not end, or waits for what never comes, is not waited for longer. */
const PATIENCE_MS = Number(patience);

/** Takes what is written, whole, as a pipe does. */
function pipe() {
  const stream = new Writable({
    write(chunk, _encoding, written) {
      stream.chunks.push(chunk);
      written();
    },
  });
  stream.chunks = [];
  return stream;
}

// The console keeps the streams that it finds first: they are the same for all runs.
const outputs = { stdout: pipe(), stderr: pipe() };
for (const [name, stream] of Object.entries(outputs)) {
  Object.defineProperty(process, name, { value: stream, configurable: true });
}

/** In the stack of an error the command's first file has the name that it has in any process. */
function text(stream, number) {
  return written(stream).replaceAll(`${pathToFileURL(file)}?run=${number}`, String(pathToFileURL(file)));
}

function written({ chunks }) {
  return Buffer.concat(chunks).toString('utf8');
}

/** What keeps this process alive beside what did so `before`, by kind. */
function leftOpen(before) {
  const left = process.getActiveResourcesInfo();
  for (const each of before) {
    const at = left.indexOf(each);
    if (at !== -1) left.splice(at, 1);
  }
  return left;
}

/** Does not keep the process alive itself, and so is not among what is left open. */
function pause(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

/** A process would end only now. */
async function untilNothingIsLeft(before) {
  const started = performance.now();
  for (let wait = 0; leftOpen(before).length > 0; wait = Math.min(wait + 1, LOOKS_EVERY_MS)) {
    if (performance.now() - started > PATIENCE_MS) {
      throw new Error(
        `The command has answered, and does not end: left open is ${leftOpen(before).join(', ')}.`,
      );
    }
    await pause(wait);
  }
}

/** A process that waits for what can never come would end, with 13: here it would hang. */
async function neverIdle(before, signal) {
  let idleSince = performance.now();
  while (!signal.aborted) {
    if (leftOpen(before).length > 0) {
      idleSince = performance.now();
    } else if (performance.now() - idleSince > PATIENCE_MS) {
      throw new Error('The command waits for something, and nothing is left that could come.');
    }
    await pause(LOOKS_EVERY_MS);
  }
}

function become({ args, cwd, env }) {
  process.chdir(cwd);
  // In place: a child that the command starts, and the time zone, come from the real environment.
  for (const name of Object.keys(process.env)) {
    if (!(name in env)) delete process.env[name];
  }
  Object.assign(process.env, env);
  process.argv = [process.execPath, file, ...args];
  process.exitCode = undefined;
  Object.defineProperty(process, 'stdin', { value: Readable.from([]), configurable: true });
  for (const stream of Object.values(outputs)) stream.chunks = [];
}

async function run(asked) {
  const before = process.getActiveResourcesInfo();
  become(asked);
  const ended = new AbortController();
  try {
    const answer = import(`${pathToFileURL(file)}?run=${asked.number}`);
    await Promise.race([answer, neverIdle(before, ended.signal)]);
    await untilNothingIsLeft(before);
  } finally {
    ended.abort();
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  for (const stream of Object.values(outputs)) stream.removeAllListeners('error');
  process.send({
    code: process.exitCode ?? 0,
    stdout: text(outputs.stdout, asked.number),
    stderr: text(outputs.stderr, asked.number),
  });
}

// An error that nobody catches, and process.exit, end this process as they would end any: then it says on its real
// stderr what was written until then.
process.on('exit', () => {
  const said = Object.values(outputs).map(written).join('');
  if (said !== '') writeSync(2, said);
});
process.on('message', run);
process.on('disconnect', () => {
  for (const stream of Object.values(outputs)) stream.chunks = [];
  process.exit();
});
