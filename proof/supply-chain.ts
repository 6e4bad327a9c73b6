import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { lastLines, runCommand } from './command.ts';
import { bundledPackages, writeSbom } from './sbom.ts';
import type { ProofResult, ProofSection } from './section.ts';

/** Licences that ask for nothing but their notice; everything here is used to build and test. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'CC0-1.0', 'CC-BY-4.0'],
  ...['BlueOak-1.0.0', 'Python-2.0', 'PSF-2.0', 'Unlicense', 'WTFPL', 'MPL-2.0'],
]);

const REGISTRY = 'https://registry.npmjs.org/';

export interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  /** It came inside the archive of the package around it, whose integrity covers it. */
  readonly inBundle?: boolean;
  /** Only of the project itself. */
  readonly workspaces?: readonly string[];
}

export type Locked = Readonly<Record<string, LockedPackage>>;

/** Whether every licence of an `AND`, or one of an `OR`, is allowed. */
export function isAllowed(expression: string): boolean {
  const text = expression.trim().replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return text.split(' OR ').some(isAllowed);
  if (text.includes(' AND ')) return text.split(' AND ').every(isAllowed);
  return ALLOWED.has(text);
}

/** The packages of a lock file that somebody else wrote: without the project, its workspaces, and the links to those. */
export function installedPackages(packages: Locked): readonly (readonly [path: string, LockedPackage])[] {
  const own = new Set(['', ...(packages['']?.workspaces ?? [])]);
  return Object.entries(packages).filter(
    ([path, { link, resolved }]) =>
      !own.has(path) && !(link === true && resolved !== undefined && own.has(resolved)),
  );
}

/**
 * What is wrong with a lock file's packages, one sentence each. An entry without address is taken from the registry that
 * npm is set to; the hash says that it is the same package there.
 */
export function lockProblems(packages: Locked): string[] {
  return installedPackages(packages).flatMap(([path, { resolved, integrity, inBundle, link }]) => {
    if (inBundle === true) return [];
    if (link === true) return [`${path} is a link, not a package of the registry.`];
    return [
      ...(resolved === undefined || resolved.startsWith(REGISTRY)
        ? []
        : [`${path} comes from ${resolved}, not from the registry.`]),
      ...(integrity?.startsWith('sha512-') ? [] : [`${path} has no SHA-512 integrity.`]),
    ];
  });
}

function licencesOf(packages: Locked): Map<string, string[]> {
  const licences = new Map<string, string[]>();
  for (const [path, { license = 'not stated', version }] of installedPackages(packages)) {
    const name = `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)} ${version ?? ''}`;
    licences.set(license, [...(licences.get(license) ?? []), name]);
  }
  return licences;
}

interface SupplyChainCheck {
  readonly what: string;
  readonly outcome: 'held' | 'FAILED' | 'not tried';
  readonly detail: string;
}

function supplyChainCheck(what: string, problems: readonly string[], whatPassed: string): SupplyChainCheck {
  return problems.length === 0
    ? { what, outcome: 'held', detail: whatPassed }
    : { what, outcome: 'FAILED', detail: problems.slice(0, 5).join(' ') };
}

async function audit(): Promise<SupplyChainCheck> {
  const what = '`npm audit`';
  const { stdout, stderr } = await runCommand('npm', ['audit', '--json']);
  const answer = JSON.parse(stdout || '{}') as {
    message?: string;
    metadata?: { vulnerabilities?: Record<string, number> };
  };
  const found = answer.metadata?.vulnerabilities;
  if (found === undefined) {
    const why = answer.message ?? lastLines(stderr, 1);
    return {
      what,
      outcome: 'not tried',
      detail: `The registry does not answer it here: ${why.split('\n', 1)[0]}`,
    };
  }
  const serious = (found.high ?? 0) + (found.critical ?? 0);
  return supplyChainCheck(
    what,
    serious === 0 ? [] : [`${serious} packages with high or critical advisories.`],
    `${found.total ?? 0} advisories, none high or critical.`,
  );
}

/** In a copy, so that this installation stays as it is. */
async function inCopy<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'proof-supply-'));
  const left = new Set(['node_modules', '.git', 'dist', '.lab', '.serverless', '.stryker-tmp']);
  try {
    await cp(PROJECT_ROOT, directory, {
      recursive: true,
      filter: (path) => !left.has(path.slice(PROJECT_ROOT.length).replace(/^\//, '').split('/')[0] ?? ''),
    });
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function installAndBuild(progress: (line: string) => void): Promise<SupplyChainCheck[]> {
  return inCopy(async (cwd) => {
    const checks: SupplyChainCheck[] = [];
    progress('npm ci without install scripts, in a copy');
    const installed = await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd });
    checks.push(
      supplyChainCheck(
        '`npm ci --ignore-scripts`',
        installed.code === 0 ? [] : [lastLines(installed.stderr)],
        'Installed: the lock file is in sync with package.json.',
      ),
    );
    if (installed.code !== 0) {
      // The build is still worth trying, with what is installed here.
      await rm(join(cwd, 'node_modules'), { recursive: true, force: true });
      await symlink(join(PROJECT_ROOT, 'node_modules'), join(cwd, 'node_modules'));
    }
    progress('building without a network');
    const isolated = await runCommand('unshare', ['-n', 'true']).catch(() => ({ code: 1 }));
    const what = 'build of the functions and the command without a network, no install script run';
    if (isolated.code !== 0) {
      checks.push({
        what,
        outcome: 'not tried',
        detail: 'It takes the right to make a network namespace (unshare -n), which is not given here.',
      });
      return checks;
    }
    const online = await runCommand('unshare', [
      '-n',
      process.execPath,
      '-e',
      `fetch('${REGISTRY}').then(() => process.exit(1), () => process.exit(0))`,
    ]);
    const built = await runCommand('unshare', ['-n', 'npm', 'run', 'build'], { cwd });
    const command = await runCommand('unshare', ['-n', 'npm', 'run', 'build:cli'], { cwd });
    checks.push(
      supplyChainCheck(
        what,
        [
          ...(online.code === 0 ? [] : ['The namespace still reaches the registry.']),
          ...(built.code === 0 ? [] : [`npm run build: ${lastLines(built.stderr)}`]),
          ...(command.code === 0 ? [] : [`npm run build:cli: ${lastLines(command.stderr)}`]),
        ],
        'Built in a network namespace that has no interface.',
      ),
    );
    return checks;
  });
}

async function run(progress: (line: string) => void): Promise<ProofResult> {
  const lock = JSON.parse(await readFile(join(PROJECT_ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Locked;
  };
  const { packages } = lock;
  const count = Object.keys(packages).length - 1;
  const licences = licencesOf(packages);
  const scripts = Object.entries(packages).filter(
    ([path, each]) => path !== '' && each.hasInstallScript === true,
  );
  progress('licences, integrity, SBOM');
  const sbom = await writeSbom(join(PROJECT_ROOT, 'dist/sbom'));
  const bundled = await bundledPackages();
  const refused = [...licences].filter(([licence]) => !isAllowed(licence));
  const checks: SupplyChainCheck[] = [
    await audit(),
    supplyChainCheck(
      'licences',
      refused.map(([licence, names]) => `${licence}: ${names.join(', ')}.`),
      `All of ${count} packages are on the list of allowed ones.`,
    ),
    supplyChainCheck(
      'lock file',
      lockProblems(packages),
      `Each of ${count} packages has a SHA-512 integrity, or lies in the archive of one that has; none comes from anywhere but the registry.`,
    ),
    ...(await installAndBuild(progress)),
    {
      what: 'SBOM (`npm run sbom`)',
      outcome: 'held',
      detail: `CycloneDX with ${sbom.components} components, and what is in each function.`,
    },
  ];
  return {
    markdown: [
      '| check | outcome | |',
      '|---|---|---|',
      ...checks.map(
        ({ what, outcome, detail }) => `| ${what} | ${outcome} | ${detail.replaceAll('|', '\\|')} |`,
      ),
      '',
      `Packages with an install script, none of which is needed: ${scripts.map(([path]) => path.replace(/^node_modules\//, '')).join(', ') || 'none'}.`,
      '',
      '| licence | packages |',
      '|---|---:|',
      ...[...licences]
        .sort(([, a], [, b]) => b.length - a.length)
        .map(([licence, names]) => `| ${licence} | ${names.length} |`),
      '',
      '| function | packages in its bundle |',
      '|---|---|',
      ...[...bundled].map(
        ([name, contents]) =>
          `| ${name} | ${contents.map((each) => `${each.name} ${each.version}`).join(', ')} |`,
      ),
    ].join('\n'),
    ok: checks.every(({ outcome }) => outcome !== 'FAILED'),
  };
}

/** What the project is made of, and whether it can be made again from nothing but the registry. */
export const supplyChain: ProofSection = { name: 'supply-chain', title: 'Supply chain', run };
