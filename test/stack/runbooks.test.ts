import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../cli/commands.ts';
import { runbooksInRepository } from '../../cli/release/repository-pages.ts';
import { driftMetrics } from '../../lib/assessment/metrics.ts';
import { FINDING_KINDS, type Finding, type FindingKind } from '../../lib/model/finding.ts';
import { ALARM_NAMES } from '../../lib/model/runbook.ts';
import { DEFAULT_STACK_OPTIONS, type StackOptions } from '../../lib/policy/stack-schema.ts';
import { resources } from '../../resources/index.ts';
import { policyOf } from '../support/fixtures.ts';
import { VARIANTS } from '../support/packaged.ts';
import { pageOf, readRunbook, SITUATIONS } from '../support/runbook.ts';

/** Every alarm has one page that helps at night, and what rings none but brings people here has one too. test/pages plays them all. */

const PROJECT = join(__dirname, '../..');
const PAGES = join(PROJECT, 'docs/runbooks');

interface Alarm {
  readonly name: string;
  readonly description: string;
}

/** Wherever in the stack they are made. */
function alarmsOf(parts: Parameters<typeof policyOf>[0], options: Partial<StackOptions> = {}): Alarm[] {
  const context = {
    policy: policyOf(parts),
    stage: 'prod',
    options: { ...DEFAULT_STACK_OPTIONS, ...options },
  };
  return Object.values(resources(context).Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties: { AlarmName, AlarmDescription } }) => ({
      name: String(AlarmName).replace('vpc-peering-autopilot-prod-', ''),
      description: String(AlarmDescription),
    }));
}

/** By the name of each alarm that any policy makes, a policy that makes it. */
const MADE_BY = new Map(
  Object.values(VARIANTS).flatMap((parts) => alarmsOf(parts).map(({ name }) => [name, parts] as const)),
);

const pages = readdirSync(PAGES)
  .filter((file) => file !== 'README.md')
  .map((file) => file.replace(/\.md$/, ''));

describe('the pages', () => {
  it('are one for each alarm that any policy makes, those about what rings none, and no other', () => {
    expect([...MADE_BY.keys(), ...SITUATIONS].sort()).toEqual([...pages].sort());
    expect([...ALARM_NAMES, ...SITUATIONS].sort()).toEqual([...pages].sort());
  });

  it('are all in the index, each with what it means', () => {
    const index = readFileSync(join(PAGES, 'README.md'), 'utf8');
    const listed = [...index.matchAll(/^\| \[(\w+)\]\((\w+)\.md\) \| (.{20,}) \|$/gm)];
    expect(listed.map(([, name, file]) => [name, file]).sort()).toEqual(
      [...pages].sort().map((name) => [name, name]),
    );
  });

  it.each(pages)('say in %s what it means, what to look at, how to mend it and how to be sure', (name) => {
    const { title, sections } = readRunbook(name);
    expect(title).toBe(name);
    expect(sections.map(({ heading }) => heading)).toEqual([
      'What it means',
      'Look',
      'Mend',
      'Be sure',
      'Safe to wait for',
    ]);
  });

  it.each(pages)('link in %s to files that are there', (name) => {
    const text = readFileSync(join(PAGES, `${name}.md`), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      expect([link, existsSync(join(PAGES, link))]).toEqual([link, true]);
    }
  });
});

describe.each(SITUATIONS)('the page %s', (name) => {
  const lines = [...pageOf(name).matchAll(/(?:^|^\$ |`)npx peering ([^`\n]+)/gm)].map(
    ([, line = '']) => line,
  );

  it.each(lines)('names a command as it is: peering %s', (line) => {
    const command = COMMANDS.find((each) => line === each.name || line.startsWith(`${each.name} `));
    const options = [...line.matchAll(/ --([a-z-]+)/g)].map(([, option]) => option);
    expect([line, command?.options]).toEqual([line, expect.arrayContaining(options)]);
  });
});

it('the page of RouteDriftUnrepaired says what to do about every kind that rings it', () => {
  const held = (kind: FindingKind): Finding[] => [
    { kind, region: 'us-east-1', detail: 'Something.', repairable: false },
    { kind, region: 'us-east-1', detail: 'Something.', repairable: true, heldBy: 'repair-off' },
  ];
  const rings = FINDING_KINDS.filter((kind) =>
    held(kind).some((finding) => driftMetrics([finding]).RouteDriftUnrepaired > 0),
  );
  const { sections } = readRunbook('RouteDriftUnrepaired');
  const mend = sections.find(({ heading }) => heading === 'Mend');
  const causes = (mend?.parts ?? []).flatMap(({ cause }) => /^([a-z-]+):/.exec(cause ?? '')?.[1] ?? []);
  const rows = [...(mend?.text ?? '').matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+)/gm)].flatMap(([, kinds = '']) =>
    [...kinds.matchAll(/`([a-z-]+)`/g)].map(([, kind = '']) => kind),
  );
  // Of one kind there may be several parts.
  expect([...new Set([...causes, ...rows])].sort()).toEqual([...rings].sort());
});

describe('the description of an alarm', () => {
  const BASE = `https://git.example.com/${'a'.repeat(256 - 'https://git.example.com/'.length)}`;

  it.each([...MADE_BY])('of %s ends with its page', (name, parts) => {
    const find = (options: Partial<StackOptions>) =>
      alarmsOf(parts, options).find((each) => each.name === name)?.description;
    expect(find({})).toMatch(new RegExp(`^.{40,} Runbook: docs/runbooks/${name}\\.md$`));
    const elsewhere = find({ runbooks: BASE }) ?? '';
    expect(elsewhere.endsWith(` Runbook: ${BASE}/${name}.md`)).toBe(true);
    // CloudWatch takes no more (API reference, PutMetricAlarm).
    expect(elsewhere.length).toBeLessThanOrEqual(1024);
  });
});

describe('the repository that package.json names', () => {
  it.each([
    [undefined, undefined],
    ['acme/peering', 'https://github.com/acme/peering/blob/HEAD/docs/runbooks'],
    ['github:acme/peering', 'https://github.com/acme/peering/blob/HEAD/docs/runbooks'],
    ['gitlab:acme/peering', 'https://gitlab.com/acme/peering/-/blob/HEAD/docs/runbooks'],
    [
      { type: 'git', url: 'git+https://github.com/acme/peering.git' },
      'https://github.com/acme/peering/blob/HEAD/docs/runbooks',
    ],
    [
      { url: 'git+ssh://git@gitlab.com/net/aws/peering.git', directory: 'tools/vpc' },
      'https://gitlab.com/net/aws/peering/-/blob/HEAD/tools/vpc/docs/runbooks',
    ],
    // How these show a file is not known.
    ['https://git.example.com/acme/peering.git', undefined],
    ['bitbucket:acme/peering', undefined],
    ['', undefined],
  ])('%j has the pages at %s', (repository, expected) => {
    expect(runbooksInRepository(repository === undefined ? {} : { repository })).toBe(expected);
  });
});
