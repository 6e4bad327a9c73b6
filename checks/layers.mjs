/**
 * Which folder may import which, types included: `npm run layers`. Imports run downwards only; docs/architecture.md,
 * "Folders", draws it. Each rule's comment is shown with what breaks it.
 */
import { readFileSync } from 'node:fs';

const lab = JSON.parse(readFileSync(new URL('../lab/package.json', import.meta.url), 'utf8'));

/** Folders of lib/, and the folders of lib/ below each. */
const LAYERS = {
  network: [],
  model: ['network'],
  policy: ['model', 'network'],
  routing: ['policy', 'model', 'network'],
  connect: ['policy', 'model', 'network'],
  connectivity: ['routing', 'policy', 'model', 'network'],
  forwarding: ['connectivity', 'policy', 'model'],
  assessment: ['connect', 'routing', 'policy', 'model', 'network'],
  messages: ['assessment', 'connectivity', 'connect', 'routing', 'policy', 'model', 'network'],
  graph: ['policy', 'model'],
  // The page says of an end what the mail about it says.
  report: [
    'graph',
    'messages',
    'assessment',
    'connectivity',
    'connect',
    'routing',
    'policy',
    'model',
    'network',
  ],
  // Of forwarding and policy types only: checks/ports.grit.
  ports: ['forwarding', 'policy', 'model', 'network'],
  passes: [
    ...['ports', 'report', 'messages', 'assessment', 'forwarding', 'connectivity'],
    ...['connect', 'routing', 'policy', 'model', 'network'],
  ],
  aws: ['ports', 'forwarding', 'connectivity', 'policy', 'model', 'network'],
  lambda: ['passes', 'aws', 'ports', 'policy', 'model', 'network'],
};

/** Judge and compute, and touch nothing outside: biome.jsonc keeps time, chance and output from them. */
const PURE = 'network|model|policy|routing|connect|connectivity|forwarding|assessment|messages|graph|report';

/** Folders beside lib/, and what of the project each may import. */
const BESIDE = {
  handlers: ['lib/'],
  resources: ['lib/'],
  // The command packages and deploys the stack.
  cli: ['lib/(?!lambda/)', 'resources/'],
  // Bundles the functions and the command; the framework's deployment takes the same inputs as the command's.
  build: ['lib/', 'resources/', 'cli/'],
  // A workspace of its own, of which other projects may make use too.
  lab: [],
  // The product in the lab.
  local: ['lib/', 'lab/', 'build/'],
  proof: [
    'lib/',
    'lab/',
    'local/',
    'build/',
    'resources/',
    'cli/release/',
    'test/support/',
    'jest\\.config\\.js$',
  ],
  bench: ['lib/', 'lab/', 'local/', 'build/', 'resources/', 'cli/release/', 'test/support/'],
  // It asks AWS, not the lab, and speaks like `peering`.
  live: ['lib/', 'cli/'],
};

/** What the lab shows to others: `exports` in its package.json. */
const LAB_FACE = Object.values(lab.exports)
  .map((file) => file.replace('./', '').replaceAll('.', '\\.'))
  .join('|');

const OURS = `(lib|test|checks|${Object.keys(BESIDE).join('|')})/|jest\\.config\\.js$`;

function ofPackage(...names) {
  return `(^|node_modules/)(${names.join('|')})`;
}

/** @param allowed regular expressions of paths. */
function onlyDown(folder, allowed) {
  return {
    name: folder,
    severity: 'error',
    comment:
      `${folder}/ may import of this project only ${allowed.join(', ') || 'itself'}. Move what both need down, into a ` +
      'folder that both may import, or hand it in as an argument. Types count.',
    from: { path: `^${folder}/` },
    to: { path: `^(${OURS})`, pathNot: `^(${[`${folder}/`, ...allowed].join('|')})` },
  };
}

export default {
  forbidden: [
    ...Object.entries(LAYERS).map(([layer, below]) =>
      onlyDown(
        `lib/${layer}`,
        below.map((each) => `lib/${each}/`),
      ),
    ),
    ...Object.entries(BESIDE).map(([folder, allowed]) => onlyDown(folder, allowed)),
    {
      name: 'known-layer',
      severity: 'error',
      comment: 'A folder of lib/ that has no place among the layers: give it one in checks/layers.mjs.',
      from: {},
      to: { path: '^lib/', pathNot: `^lib/(${Object.keys(LAYERS).join('|')})/` },
    },
    {
      name: 'lab-by-its-face',
      severity: 'error',
      comment:
        `The lab is used as any package is: import from '${lab.name}' or one of its parts (exports in lab/package.json), not ` +
        'from a file of it. What is missing there is exported there.',
      from: { pathNot: '^lab/' },
      to: { path: '^lab/', pathNot: `^lab/(${LAB_FACE})$` },
    },
    {
      name: 'lab-by-its-name',
      severity: 'error',
      comment: `The lab is imported by its name, '${lab.name}', not by a path into its folder.`,
      from: { pathNot: '^lab/' },
      to: { path: '^lab/', dependencyTypesNot: ['aliased-workspace'] },
    },
    {
      name: 'no-circle',
      severity: 'error',
      comment: 'These files import each other. Move what both need into a third one, below them.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circle-of-folders',
      severity: 'error',
      scope: 'folder',
      comment:
        'These folders import each other. Move what both need into one of them, or into a folder below.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'sdk-only-in-aws',
      severity: 'error',
      comment:
        'Only lib/aws speaks to AWS. Say in lib/ports what is needed, and fill it in lib/aws. (The files of cli/ that are ' +
        'let through ask what only the command asks.)',
      from: {
        path: '^(lib/(?!aws/)|handlers/|cli/)',
        pathNot:
          '^cli/(request|stack|rollout/[a-z-]+|release/[a-z-]+|logs/read|report/link|doctor/(alarms|parts/(bus|functions|invocation|queues|roles|rules|storage|topics|watching)|permissions|queues|quotas|recipients|registry|rules|trail)|source/[a-z-]+|verbs/snapshot)\\.ts$',
      },
      to: { path: ofPackage('@aws-sdk/', '@smithy/') },
    },
    {
      name: 'lambda-only-in-lambda',
      severity: 'error',
      comment: 'What Lambda is like is known to lib/lambda alone, and its types to handlers/ too.',
      from: { path: '^(lib/(?!lambda/)|cli/)' },
      to: { path: ofPackage('@aws-lambda-powertools/', '@types/aws-lambda', 'aws-lambda') },
    },
    {
      name: 'powertools-only-in-lambda',
      severity: 'error',
      comment: 'Log and metrics are written through lib/ports/journal.ts; lib/lambda fills it.',
      from: { path: '^handlers/' },
      to: { path: ofPackage('@aws-lambda-powertools/') },
    },
    {
      name: 'pure-without-packages',
      severity: 'error',
      comment: 'The pure folders need no package, but for the policy file: zod and yaml in lib/policy.',
      from: { path: `^lib/(${PURE})/` },
      to: {
        path: 'node_modules/',
        pathNot: ofPackage('zod', 'yaml'),
      },
    },
    {
      name: 'only-policy-reads-yaml',
      severity: 'error',
      comment: 'Only lib/policy knows how the policy is written.',
      from: { path: '^lib/(?!policy/)' },
      to: { path: ofPackage('zod', 'yaml') },
    },
    {
      name: 'pure-without-node',
      severity: 'error',
      comment:
        'The pure folders touch neither files nor network nor process: let the caller read, and hand in what it read.',
      from: {
        path: `^lib/(${PURE})/`,
        // Reads the policy file for build and command.
        pathNot: '^lib/policy/(load|validated-file|stack-file|policy-folder)\\.ts$',
      },
      // Hashes, the form of addresses, and comparing values only compute.
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|net|util)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Built of what is checked.
    exclude: { path: '^lab/dist/' },
    // TypeScript 7 has no API to parse with; swc sees every import, those of types too.
    parser: 'swc',
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'types', 'default'],
    },
  },
};
