import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOfFile } from './support/command.ts';
import { POLICY, writeNetwork } from './support/network.ts';

/** The command as a whole: what every verb has in common. */

const peering = commandOfFile();

beforeAll(async () => {
  writeFileSync(join(peering.directory, 'peering-policy.yml'), POLICY);
  writeNetwork(join(peering.directory, 'net'));
});

const VERBS = [
  'plan',
  'apply',
  'status',
  'silence',
  'freeze',
  'thaw',
  'drift',
  'explain',
  'ping',
  'graph',
  'report',
  'doctor',
  'policy check',
  'policy explain',
  'policy test',
  'snapshot',
  'completion',
];

describe('help', () => {
  it('names every verb and the exit codes, and goes to stdout', async () => {
    const { code, stdout, stderr } = await peering.run(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const verb of VERBS) {
      expect(stdout).toContain(`  ${verb} `);
    }
    expect(stdout).toContain('Exit codes: 0 fine');
  });

  it.each(VERBS)('of %s shows its usage, options and examples', async (verb) => {
    const { code, stdout } = await peering.run([...verb.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(new RegExp(`^peering ${verb}\\b`));
    expect(stdout).toContain('Options:');
    expect(stdout).toMatch(new RegExp(`Examples:\\n  peering ${verb}`));
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('says of an option what it means for this command', async () => {
    const helpOf = async (verb: string) => (await peering.run([verb, '--help'])).stdout.replace(/\s+/g, ' ');
    expect(await helpOf('plan')).toContain('--all decisions that change nothing, too');
    expect(await helpOf('remove')).toContain('--all own routes and tags of the product go, too');
    expect(await helpOf('status')).toContain('--region REGION only this Region');
    expect(await helpOf('deploy')).toContain('--region REGION Region of the stack');
    expect(await helpOf('init')).toContain('--account ID the account that the stack belongs to');
  });

  it('is shown for no arguments and for help VERB, too', async () => {
    expect((await peering.run([])).stdout).toBe((await peering.run(['--help'])).stdout);
    expect((await peering.run(['help', 'plan'])).stdout).toBe((await peering.run(['plan', '-h'])).stdout);
  });

  it('needs no verb and no SDK: only the first file and what it imports are loaded', async () => {
    // Without the chunks that verbs are in, the help still works.
    const { readFileSync } = await import('node:fs');
    const entry = readFileSync(join(peering.directory, 'cli', 'peering.mjs'), 'utf8');
    const imported = [...entry.matchAll(/(?:from|import)\s*"(\.\/chunks\/[^"]+)"/g)].map(
      ([, file]) => file ?? '',
    );
    const bytes = [
      entry,
      ...imported.map((file) => readFileSync(join(peering.directory, 'cli', file), 'utf8')),
    ]
      .map((text) => text.length)
      .reduce((sum, length) => sum + length, 0);
    expect(bytes).toBeLessThan(60_000);
    expect((await peering.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('bad input', () => {
  const cases: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
    ['an unknown verb', ['plann'], /There is no command plann\. Did you mean peering plan\?/],
    [
      'an unknown second word',
      ['policy', 'chekc'],
      /There is no peering policy chekc\. Did you mean check\?/,
    ],
    ['an unknown flag', ['plan', '--jsn'], /plan does not take --jsn\. Did you mean --json\?/],
    ['an unknown short flag', ['plan', '-x'], /plan does not take --x/],
    ['a flag of another verb', ['plan', '--yes'], /plan does not take --yes/],
    ['a flag without its value', ['plan', '--snapshot'], /--snapshot needs a value/],
    ['a flag with a value too many', ['plan', '--json=1'], /--json takes no value/],
    ['a single flag given twice', ['plan', '--policy', 'a', '--policy', 'b'], /--policy is given twice/],
    ['a choice that is none', ['graph', '--format', 'png'], /--format is one of svg, mermaid, dot, not png/],
    ['an argument too many', ['plan', 'now'], /plan has no use for now/],
    ['an argument too few', ['explain', '10.1.1.10'], /explain needs TARGET/],
    ['a missing directory', ['plan', '--snapshot', 'nowhere'], /There is no directory nowhere/],
    [
      'a missing policy',
      ['plan', '--policy', 'none.yml', '--snapshot', 'net'],
      /none\.yml: there is no such file/,
    ],
    ['a Region that is none', ['plan', '--snapshot', 'net', '--region', 'mars'], /mars is no Region/],
    [
      'a Region not managed',
      ['plan', '--snapshot', 'net', '--region', 'us-west-2'],
      /does not manage us-west-2/,
    ],
    [
      'a VPC that is none',
      ['plan', '--snapshot', 'net', '--vpc', 'A'],
      /A is neither the id \(vpc-…\) nor the tag Name of a VPC in the accounts and Regions that were read\./,
    ],
    [
      'a peering in the place of a VPC',
      ['plan', '--snapshot', 'nowhere', '--vpc', 'pcx-0a1b2c3d4e5f60718'],
      /is a VPC peering connection; --vpc takes a VPC, by its id \(vpc-…\) or its tag Name\./,
    ],
    [
      'a VPC in the place of a peering',
      ['accept', 'vpc-0a1b2c3d4e5f60718'],
      /is a VPC; peering accept takes a peering, by its id \(pcx-…\) or its tag Name\. peering requests lists/,
    ],
    [
      'a VPC of which there is no history',
      ['history', 'vpc-0a1b2c3d4e5f60718'],
      /is a VPC; peering history takes a peering or route table, by its id \(pcx-… or rtb-…\) or/,
    ],
    [
      'a table that cannot be renewed',
      ['renew', 'rtb-0a1b2c3d4e5f60718', '--for', '1d', '--because', 'x'],
      /is a route table; peering renew takes a peering/,
    ],
    ['no credentials', ['plan'], /No AWS credentials/],
    [
      'a profile that is not there',
      ['plan', '--profile', 'prdo'],
      /come from the profile prdo\. .*list-profiles/,
    ],
    ['an end that is none', ['explain', 'a', 'b', '--snapshot', 'net'], /is no instance id/],
    [
      'a file in a directory that is not there',
      ['graph', '--snapshot', 'net', '--out', 'no/g.svg'],
      /its directory does not exist/,
    ],
    [
      'an unknown flag without a verb',
      ['--verson'],
      /There is no option --verson\. Did you mean --version\?/,
    ],
    [
      'a flag before any verb',
      ['--snapshot', 'net'],
      /--snapshot comes behind a command|There is no command net/,
    ],
    [
      'the directory of one Region',
      ['plan', '--snapshot', 'net/us-east-1'],
      /the directory above.*--snapshot net\.$/m,
    ],
    [
      'a picture of another kind',
      ['graph', '--snapshot', 'net', '--out', 'g.png'],
      /does not draw \.png, but svg/,
    ],
    [
      'a report without a file',
      ['report', '--snapshot', 'net'],
      /needs a place for the page: --out peerings\.html, or --publish/,
    ],
    [
      'an address of the kept page, and something to be made',
      ['report', '--url', '--compliance', '--json', '--out', 'page.html'],
      /--url only opens the page that the stack keeps, so nothing would come of --compliance, --json, --out\. Run peering report twice, once with --url alone/,
    ],
    [
      'an address of the kept page, and other accounts',
      ['report', '--url', '--snapshot', 'net', '--accounts', 'all', '--vpc', 'vpc-1'],
      /nothing would come of --vpc, --snapshot, --accounts\./,
    ],
    [
      'a snapshot that is a file',
      ['plan', '--snapshot', 'peering-policy.yml'],
      /is a file; --snapshot takes the directory/,
    ],
    [
      'a folder that holds no policies',
      ['plan', '--snapshot', 'net', '--policy', 'net'],
      /net: eu-west-1 is no policy by its name, which is default\.yml/,
    ],
    [
      'a test file that is not there',
      ['policy', 'test', 'none.yml'],
      /none\.yml cannot be read: there is no such file/,
    ],
    [
      'an event file that is not there',
      ['policy', 'explain', '--event', 'none.json'],
      /none\.json cannot be read/,
    ],
    ['nothing to explain', ['policy', 'explain'], /either --event FILE or --peering PEERING/],
    ['half a verb', ['policy'], /peering policy needs one of: check, explain, test/],
    [
      'a peering that is none',
      ['policy', 'explain', '--peering', 'pcx-1', '--snapshot', 'net'],
      /pcx-1 is neither the id \(pcx-…\) nor the tag Name of a peering in/,
    ],
    ['a time that is none', ['ping', '--timeout', 'soon'], /--timeout soon is no number of seconds/],
    [
      'an address of no VPC',
      ['explain', '10.99.0.1', '10.1.1.10', '--snapshot', 'net'],
      /10\.99\.0\.1 is in no VPC/,
    ],
    ['control characters', ['pl\u001b[31man'], /There is no command pl\\u\{1b\}\[31man/],
  ];

  it.each(cases)('%s: one line, exit 1, nothing on stdout', async (_name, args, says) => {
    const { code, stdout, stderr } = await peering.run(args, { env: { AWS_REGION: 'us-east-1' } });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('shows the stack with --debug', async () => {
    const { code, stderr } = await peering.run(['plan', '--snapshot', 'nowhere', '--debug']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\n\s+at /);
  });
});

describe('pipes, terminals and signals', () => {
  it('ends quietly when its reader has enough', async () => {
    const child = peering.start(['plan', '--snapshot', 'net', '--json']);
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    child.stdout?.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toBe('');
    expect([0, 2]).toContain(code);
  });

  it('ends with 130 and one line on Ctrl-C', async () => {
    // A server that never answers keeps the command waiting.
    const { createServer } = await import('node:net');
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const child = peering.start(['plan'], {
      env: {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'us-east-1',
      },
    });
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    await new Promise((resolve) => server.once('connection', resolve));
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.on('close', resolve));
    server.close();
    expect(code).toBe(130);
    expect(stderr.trim()).toMatch(/^Interrupted\./);
  });

  it('writes no colours into a pipe, some if they are forced, and none with NO_COLOR', async () => {
    const args = ['status', '--snapshot', 'net'];
    expect((await peering.run(args)).stdout).not.toContain('\u001b');
    expect((await peering.run(args, { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[');
    expect((await peering.run(args, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain(
      '\u001b',
    );
  });

  it('says of a server that is not there that it was not reached', async () => {
    const { code, stderr } = await peering.run(['plan'], {
      env: {
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'us-east-1',
      },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^peering: AWS was not reached or failed\. GetCallerIdentity/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s knows verbs and options', async (shell) => {
    const { code, stdout } = await peering.run(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['plan', 'doctor', 'explain', 'snapshot', 'expect']) {
      expect(stdout).toContain(word);
    }
  });

  it('for bash completes verbs, second words and options when bash runs it', async () => {
    const { stdout: script } = await peering.run(['completion', 'bash']);
    writeFileSync(join(peering.directory, 'completion.bash'), script);
    const { execFileSync } = await import('node:child_process');
    const complete = (...words: readonly string[]) =>
      execFileSync(
        'bash',
        [
          '--norc',
          '-c',
          `source completion.bash; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _peering; echo "\${COMPREPLY[@]}"`,
        ],
        { cwd: peering.directory, encoding: 'utf8' },
      ).trim();
    expect(complete('peering', 'do')).toBe('doctor');
    expect(complete('peering', 'policy', 'e')).toBe('explain');
    expect(complete('peering', 'plan', '--sn')).toBe('--snapshot');
    expect(complete('peering', 'policy', 'explain', '--ex')).toBe('--expect');
    expect(complete('peering', 'graph', '--format', 'm')).toBe('mermaid');
    expect(complete('peering', 'status', '-o', 'y')).toBe('yaml');
    // Of graph it is a file.
    expect(complete('peering', 'graph', '-o', 'completion.b')).toBe('completion.bash');
    expect(complete('peering', 'explain', '--protocol', 'u')).toBe('udp');
    expect(complete('peering', 'status', '--sort', 'ex')).toBe('expires');
    expect(complete('peering', 'drift', '--fail-on', 'shad')).toBe('shadowed');
    expect(complete('peering', 'status', '--filter', 'hea').split(' ')).toContain('health=lost');
    expect(complete('peering', 'status', '--filter', 'state', '=', 'ac')).toBe('active');
    expect(complete('peering', 'logs', 'sy')).toBe('sync-routes');
    expect(complete('peering', 'apply', 'peering-p')).toBe('peering-policy.yml');
    expect(complete('peering', 'apply', '--y')).toBe('--yes');
    expect(complete('peering', 'logs', '--si')).toBe('--since');
    expect(complete('peering', 'accept', '--a')).toBe('--as');
  });

  it('says which shells there are', async () => {
    const { code, stderr } = await peering.run(['completion', 'tcsh']);
    expect(code).toBe(1);
    expect(stderr).toContain('bash, zsh and fish');
  });
});
