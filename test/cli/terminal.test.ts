import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createProgress } from '../../cli/progress.ts';
import { commandOfFile, type Ended } from './support/command.ts';
import { POLICY, writeNetwork } from './support/network.ts';

/** The command on a terminal: `script` of util-linux gives it one and shows what a person would see. */

const TAKE_LINE_AWAY = '\r\u001b[2K';
const PROGRESS = /Asking AWS who is calling \(\d+ s\)/;

/** What AWS says to a caller without permission. */
const REFUSAL =
  '<ErrorResponse><Error><Code>AccessDenied</Code><Message>You may not.</Message></Error></ErrorResponse>';

/** After that time a person would see progress. */
const SLOW_MS = 1500;

const peering = commandOfFile();
let server: Server;
/** Answered after a while. */
let slow: Readonly<Record<string, string>>;
/** Answered when the test says so. */
let waiting: Readonly<Record<string, string>>;
let keeps = true;
const kept: (() => void)[] = [];

/** Also what is asked only later: on a busy machine progress may be there before the first call. */
function answerAll(): void {
  keeps = false;
  for (const refuse of kept.splice(0)) {
    refuse();
  }
}

beforeAll(async () => {
  writeFileSync(join(peering.directory, 'peering-policy.yml'), POLICY);
  writeNetwork(join(peering.directory, 'net'));
  server = createServer((request, response) => {
    const refuse = () => response.writeHead(403, { 'content-type': 'text/xml' }).end(REFUSAL);
    if (request.url?.startsWith('/slow')) {
      setTimeout(refuse, SLOW_MS).unref();
    } else if (keeps) {
      kept.push(refuse);
    } else {
      refuse();
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  waiting = {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  };
  slow = { ...waiting, AWS_ENDPOINT_URL: `${url}/slow` };
});

beforeEach(() => {
  keeps = true;
});

afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A question that stands there, behind which Node has put the cursor. */
function ends(question: string): RegExp {
  return new RegExp(`${question}(\u001b\\[\\d+G)*$`);
}

interface Terminal {
  readonly env?: Readonly<Record<string, string>>;
  /** Set before the command starts. */
  readonly columns?: number;
  /** Done once, as soon as this is seen. */
  readonly once?: { readonly after: RegExp; act(type: (text: string) => void): void };
  /** Done whenever what was seen since the last time ends so. */
  readonly each?: { readonly after: RegExp; act(type: (text: string) => void): void };
}

/** Runs the command on a terminal of its own. `stdout` is all that the terminal got. */
function onTerminal(args: string, { env = {}, columns = 80, once, each }: Terminal = {}): Promise<Ended> {
  const command = `stty cols ${columns}; exec '${process.execPath}' '${join(peering.directory, 'cli/peering.mjs')}' ${args}`;
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: peering.directory,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: peering.directory,
        TERM: 'xterm',
        SHELL: '/bin/sh',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        ...env,
      },
    });
    let seen = '';
    let fresh = '';
    let left = once;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      fresh += text;
      if (each?.after.test(fresh)) {
        fresh = '';
        each.act((answer) => child.stdin.write(answer));
      }
      if (left?.after.test(seen)) {
        left.act((text) => child.stdin.write(text));
        left = undefined;
      }
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout: seen, stderr: '' }));
  });
}

describe('progress', () => {
  it('is shown once a command takes more than a second, and taken away before the answer', async () => {
    const { code, stdout } = await onTerminal('plan', {
      env: waiting,
      once: { after: PROGRESS, act: answerAll },
    });
    expect(code).toBe(1);
    expect(stdout).not.toContain('(0 s)');
    const afterwards = stdout.slice(stdout.lastIndexOf(' s)') + 3);
    expect(afterwards.startsWith(`${TAKE_LINE_AWAY}peering: AWS refused the call.`)).toBe(true);
  });

  it('stays away from a command that is quick', () => {
    jest.useFakeTimers();
    try {
      const written: string[] = [];
      const progress = createProgress({ isTTY: true, write: (text) => written.push(text) }, {});
      progress.doing('Asking AWS who is calling');
      jest.advanceTimersByTime(999);
      progress.doing('Reading us-east-1');
      progress.done();
      jest.advanceTimersByTime(5000);
      expect(written).toEqual([]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('stays away from a pipe', async () => {
    const { code, stdout, stderr } = await peering.run(['plan'], { env: slow });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^peering: AWS refused the call\..*\n$/);
  });

  it('goes to the terminal with --json, too, but never into the document', async () => {
    const { stdout } = await onTerminal('plan --json > answer.json', {
      env: waiting,
      once: { after: PROGRESS, act: answerAll },
    });
    expect(stdout).toMatch(PROGRESS);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(join(peering.directory, 'answer.json'), 'utf8')).toBe('');
  });

  it('fits the width of the terminal, so that it can be taken away', async () => {
    const { stdout } = await onTerminal('plan', {
      env: waiting,
      columns: 20,
      once: { after: /…/, act: answerAll },
    });
    const lines = stdout.split(TAKE_LINE_AWAY).filter((line) => line.endsWith('…'));
    expect(lines.length).toBeGreaterThan(0);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(20);
  });

  it('stays away from a terminal that cannot take a line away', async () => {
    const { stdout } = await onTerminal('plan', { env: { ...slow, TERM: 'dumb' } });
    expect(stdout).not.toMatch(PROGRESS);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('colours', () => {
  it('appear on a terminal, and not with NO_COLOR', async () => {
    // What takes the progress away is an escape, too, but no colour.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour is.
    const colour = /\u001b\[\d+m/;
    expect((await onTerminal('status --snapshot net')).stdout).toMatch(colour);
    expect((await onTerminal('status --snapshot net', { env: { NO_COLOR: '1' } })).stdout).not.toMatch(
      colour,
    );
  });
});

describe('Ctrl-C', () => {
  it('takes the progress away and ends with one line and 130', async () => {
    const { code, stdout } = await onTerminal('plan', {
      env: waiting,
      once: { after: PROGRESS, act: (type) => type('\u0003') },
    });
    expect(code).toBe(130);
    const afterwards = stdout.slice(stdout.lastIndexOf(' s)') + 3);
    expect(afterwards).toContain(TAKE_LINE_AWAY);
    expect(afterwards).toMatch(/Interrupted\. [^\n]*\n$/);
    expect(afterwards).not.toMatch(/\n\s+at /);
  });
});

describe('a question', () => {
  const REGION = { AWS_REGION: 'us-east-1' };

  it('ends with Ctrl-C: one line, 130, and nothing is written', async () => {
    const { code, stdout } = await onTerminal('init', {
      env: REGION,
      once: { after: ends('Account: '), act: (type) => type('\u0003') },
    });
    expect([code, stdout.replaceAll('\r', '')]).toEqual([
      130,
      expect.stringMatching(/\nInterrupted\. Nothing was changed\.\n$/),
    ]);
    expect(stdout).not.toMatch(/peering:|Unexpected/);
    expect(existsSync(join(peering.directory, 'peering-stack.yml'))).toBe(false);
  });

  it('ends with Ctrl-D: no answer is none, and is not taken for a fault of AWS', async () => {
    const { code, stdout } = await onTerminal('init', {
      env: REGION,
      once: { after: ends('Account: '), act: (type) => type('\u0004') },
    });
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining('peering: No answer came, so nothing was changed.'),
    ]);
    expect(stdout).not.toMatch(/AWS was not reached|Abort/);
    expect(existsSync(join(peering.directory, 'peering-stack.yml'))).toBe(false);
  });
});

describe('init on a terminal', () => {
  it('says of each answer at once what is wrong with it, and asks again, without naming an option', async () => {
    const answers = ['12', '123456789012', 'nowhere', 'eu-west-1', 'nobody', 'none'];
    const { code, stdout } = await onTerminal('init', {
      env: { AWS_REGION: 'us-east-1' },
      each: {
        after: ends('(Account|first \\(us-east-1\\)|or none): '),
        act: (type) => type(`${answers.shift()}\r`),
      },
    });
    expect(answers).toEqual([]);
    const text = stripVTControlCharacters(stdout);
    expect(text).toMatch(/\n12 is not valid: an account id is 12 digits\.\s+Account: /);
    expect(text).toMatch(/nowhere is not valid: a Region looks like us-east-1\.\s+Regions/);
    expect(text).toMatch(/nobody is not valid: an address looks like [^\n]+\s+E-mail/);
    expect(text).not.toMatch(/--(account|region|email)/);
    expect(code).toBe(0);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(join(peering.directory, 'peering-stack.yml'), 'utf8')).toMatch(
      /account: "123456789012"\nregion: eu-west-1/,
    );
  });
});

describe('status --watch', () => {
  it('draws again on the other screen, and Ctrl-C gives the first one back and ends with 0', async () => {
    let drawn = 0;
    const { code, stdout } = await onTerminal('status --snapshot net --watch 2', {
      // Seen twice: it was read and drawn again.
      once: {
        after: /(?:[\s\S]*Ctrl-C ends){2}/,
        act: (type) => {
          drawn = 2;
          type('\u0003');
        },
      },
    });
    expect([code, drawn]).toEqual([0, 2]);
    expect(stdout.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(stdout.trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    expect(stdout).toContain('HEALTH');
    expect(stdout).not.toContain('Interrupted');
  });

  it('shows an error of the first reading as any other command does, on the first screen', async () => {
    const { code, stdout } = await onTerminal('status --snapshot nowhere --watch 2');
    expect(code).toBe(1);
    const after = stdout.slice(stdout.lastIndexOf('\u001b[?1049l'));
    expect(after).toContain('There is no directory nowhere');
  });
});

describe('a table on a terminal', () => {
  it('fits its width, and says what it left out', async () => {
    const { stdout } = await onTerminal('status --snapshot net', { columns: 70, env: { NO_COLOR: '1' } });
    const rows = stdout.split(/\r?\n/).filter((line) => line.includes('pcx-'));
    expect(rows.length).toBeGreaterThan(0);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(70);
    expect(stdout).toMatch(/No room for .*; --wide shows everything/);
  });
});

describe('--profile', () => {
  it('goes before keys in the environment: they are not used', async () => {
    const { code, stderr } = await peering.run(['plan', '--profile', 'nobody'], { env: slow });
    expect(code).toBe(1);
    expect(stderr).toMatch(/No AWS credentials that can be used/);
  });
});
