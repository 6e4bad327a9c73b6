import { LabError } from './errors.ts';
import type { Lab } from './lab.ts';
import { stopOnSignals } from './signals.ts';
import type { LabLog } from './types.ts';
import { createWaiting, type Waiting } from './waiting.ts';

/** What programs share that start a lab from a terminal. Loads no SDK: a usage text is printed at once. */

export { LabError, lastWords } from './errors.ts';
export { LAB_DIRECTORY, motoEnvironment } from './moto.ts';
export {
  ensureVirtualEnvironment,
  type VirtualEnvironment,
  type VirtualEnvironmentOptions,
} from './python.ts';
export { type Signals, type Stoppable, stopOnSignals } from './signals.ts';
export { createWaiting, type Waiting } from './waiting.ts';

export type LogFormat = 'text' | 'json';

export interface Serving<Started extends Lab> {
  readonly logs: LogFormat;
  /** Starts the lab, and says what happens by what it is given. */
  start(listeners: { readonly log: LabLog; progress(line: string): void }): Promise<Started>;
  /**
   * Puts something into the lab before it is ready.
   * @returns what a person may want to read then; each a line.
   */
  fill?(lab: Started, listeners: Pick<Waiting, 'doing'> & { say(line: string): void }): Promise<Filled>;
}

export interface Filled {
  readonly lines: readonly string[];
  /** Beside those that lead to the lab. */
  readonly variables: Readonly<Record<string, string>>;
  /** From where the variables are used: `, in this folder`. */
  readonly where: string;
}

/**
 * The port that an option names.
 * @throws {LabError} when it is none.
 */
export function portOf(option: string | undefined): number | undefined {
  const port = option === undefined ? undefined : Number(option);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new LabError(`--port ${option} is no port: give a number from 1 to 65535.`);
  }
  return port;
}

/** A log in JSON is made of JSON alone: nobody looks at it while it is written. */
function waitingFor(format: LogFormat): Waiting {
  const nothing = () => undefined;
  return format === 'text'
    ? createWaiting(process.stderr)
    : { doing: nothing, done: nothing, line: (text) => process.stderr.write(`${text}\n`) };
}

function createLog(format: LogFormat, { line }: Pick<Waiting, 'line'>): LabLog {
  return (message, fields = {}) => {
    const time = new Date().toISOString();
    const details = Object.entries(fields)
      .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join('');
    line(
      format === 'json'
        ? JSON.stringify({ time, message, ...fields })
        : `${time.slice(11, 23)} ${message}${details}`,
    );
  };
}

const NOTHING: Filled = { lines: [], variables: {}, where: '' };

function environmentLines(lab: Lab, { variables, where }: Filled): string[] {
  return [
    '',
    `Use it from another terminal${where}:`,
    ...Object.entries({ ...lab.env, ...variables }).map(([name, value]) => `  export ${name}=${value}`),
    '',
  ];
}

/**
 * Starts a lab, prints `ready <url>` on stdout and leaves it running until a signal ends it. All else goes to stderr.
 * @throws {LabError} for what the person who starts it can put right; nothing is left running then.
 */
export async function serve<Started extends Lab>({ logs, start, fill }: Serving<Started>): Promise<void> {
  // The SDK's advice on Node versions is none of the person's concern here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  let lab: Started | undefined;
  const signals = stopOnSignals(() => lab);
  const waiting = waitingFor(logs);
  const log = createLog(logs, waiting);
  const say = logs === 'json' ? log : waiting.line;
  waiting.doing('starting the local AWS');
  try {
    lab = await start({ log, progress: say });
    const filled = (await fill?.(lab, { doing: waiting.doing, say })) ?? NOTHING;
    waiting.done();
    process.stderr.write(`${[...environmentLines(lab, filled), ...filled.lines].join('\n')}\n`);
    process.stdout.write(`ready ${lab.url}\n`);
  } catch (error) {
    waiting.done();
    await lab?.stop();
    if (!signals.received()) {
      throw error;
    }
  }
}
