import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LabError, messageOf } from './errors.ts';
import { ensureVirtualEnvironment, type VirtualEnvironment } from './python.ts';
import type { LabLog } from './types.ts';

export interface Moto {
  /** Its path is the secret without which `moto-server.py` answers nothing: only the gateway, closed to web pages, knows it. */
  readonly url: string;
  /** `elsewhere`: it runs already, without the patches of `moto-server.py`. */
  readonly startedBy: 'lab' | 'elsewhere';
  stop(): Promise<void>;
}

export interface MotoOptions {
  /** Where the virtual environment lives; default `.lab` in the project. */
  readonly directory?: string;
  /** A moto_server that runs already; default the environment's `LAB_MOTO_URL`, else one is started. */
  readonly url?: string;
  progress(line: string): void;
  /** Told what moto writes about its own failures. */
  readonly log: LabLog;
}

export const LAB_DIRECTORY = fileURLToPath(new URL('../.lab', import.meta.url));

const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const IMAGES = fileURLToPath(new URL('./images.json', import.meta.url));
const SERVER = fileURLToPath(new URL('./moto-server.py', import.meta.url));

/** What moto says of resources that it skips in a template and the lab adds, or never looks at: policies of buckets. */
const MADE_BY_THE_LAB =
  /No Moto CloudFormation support for (AWS::(CloudWatch::Alarm|Lambda::EventInvokeConfig|Events::EventBusPolicy|SQS::QueuePolicy|SNS::TopicPolicy|S3::BucketPolicy)|Lab::)/;

/** The first start on a slow disk compiles some thousand Python files. */
const START_SECONDS = 120;

/** @throws {LabError} when no moto_server answers there. */
async function ensureMotoAnswers(url: string): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`${url}/moto-api/data.json`);
  } catch (cause) {
    throw new LabError(`No moto_server answers at ${url}. Start one there, or unset LAB_MOTO_URL.`, {
      cause,
    });
  }
  if (!answer.ok) {
    throw new LabError(
      `${url} answered ${answer.status} to a request for moto's state: is it moto_server 5?`,
    );
  }
}

/**
 * The Python environment that moto runs in, made when it is not there.
 * @throws {LabError} when Python is missing or nothing can be installed.
 */
export function motoEnvironment({
  directory = LAB_DIRECTORY,
  progress,
}: Pick<MotoOptions, 'directory' | 'progress'>): Promise<VirtualEnvironment> {
  return ensureVirtualEnvironment({
    requirements: REQUIREMENTS,
    directory,
    purpose: 'The local AWS',
    alternative:
      'run moto_server 5.2.5 elsewhere, for instance from the container image motoserver/moto:5.2.5, and set LAB_MOTO_URL to its address.',
    oldest: [3, 10],
    progress,
  });
}

/**
 * Starts moto_server on a free port of 127.0.0.1, in a virtual environment of its own, and waits until it answers.
 * @throws {LabError} when Python is missing or moto does not start.
 */
export async function startMoto(options: MotoOptions): Promise<Moto> {
  const running = options.url ?? process.env.LAB_MOTO_URL;
  if (running) {
    const url = running.replace(/\/+$/, '');
    await ensureMotoAnswers(url);
    return { url, startedBy: 'elsewhere', stop: async () => {} };
  }
  const { python } = await motoEnvironment(options);
  const secret = randomBytes(32).toString('hex');
  const child = spawn(python, [SERVER], {
    // stdin stays open for as long as this process lives; when it closes, the server ends.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PYTHONUNBUFFERED: '1',
      // What pip installed is compiled; the patches are not to be, in the project's own folder.
      PYTHONDONTWRITEBYTECODE: '1',
      MOTO_IAM_LOAD_MANAGED_POLICIES: 'false',
      // Its own hundreds, made anew for each account and Region, take longer than all else that it starts with.
      MOTO_AMIS_PATH: IMAGES,
      LAB_SECRET: secret,
    },
    // A Ctrl-C in the terminal goes to the lab alone, which ends the server after its work is done.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
    // The last line of a Python traceback says what went wrong.
    const line = text.trimEnd().split('\n').at(-1) ?? '';
    if (!MADE_BY_THE_LAB.test(line)) {
      options.log('moto reports', { line });
    }
  });
  const port = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new LabError(`moto_server did not start within ${START_SECONDS} s. ${errors}`)),
      START_SECONDS * 1000,
    );
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer);
      resolve(line);
    });
    child.once('error', (error) => reject(new LabError(`moto_server did not start: ${messageOf(error)}`)));
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new LabError(`moto_server ended with ${code} before it answered. ${errors}`));
    });
  }).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  child.stdout.resume();
  const url = `http://127.0.0.1:${port}/${secret}`;
  try {
    await ensureMotoAnswers(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, startedBy: 'lab', stop };
}
