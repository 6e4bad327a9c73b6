import { parseArguments } from '../../cli/arguments.ts';
import { COMMANDS } from '../../cli/commands.ts';
import { arranged } from '../../cli/filter.ts';
import { helpOf, overview } from '../../cli/help.ts';

/** What is typed in a hurry, and the sentence that says what was meant. */

const PCX = 'pcx-0a1b2c3d4e5f60718';
const OTHER = 'pcx-0a1b2c3d4e5f60719';
const VPC = 'vpc-0a1b2c3d4e5f60718';

describe('a word too many', () => {
  it.each([
    [['accept', PCX, OTHER], `has no use for ${OTHER}. It takes one PEERING: run it once for each.`],
    [['reject', 'hub', 'to', 'shop'], "A name with blanks stands in quotes: peering reject 'hub to shop'."],
    [['silence', 'hub', 'to', 'shop', '--end'], "stands in quotes: peering silence 'hub to shop'."],
    [['explain', 'web', 'db', 'one'], 'has no use for one. A name with blanks stands in quotes.'],
    [['drift', '--vpc', 'hub', 'shop'], 'To name several, repeat the option: --vpc hub --vpc shop.'],
    [
      ['status', '--region', 'us-east-1', 'eu-west-1'],
      'repeat the option: --region us-east-1 --region eu-west-1.',
    ],
    [['plan', VPC], `Did you mean --vpc ${VPC}?`],
    [['status', PCX], `Did you mean --filter peering=${PCX}?`],
    [['status', 'state=active'], 'Did you mean --filter state=active?'],
    [['policy', 'explain', PCX], `Did you mean --peering ${PCX}?`],
    [['drift', 'eu-west-1'], 'Did you mean --region eu-west-1?'],
    [['drift', '123456789012'], 'Did you mean --account 123456789012?'],
    [['graph', 'out.svg'], 'Did you mean --out out.svg?'],
    [['snapshot', './saved'], 'Did you mean --out ./saved?'],
    [['plan', 'now'], 'peering plan has no use for now. See peering plan --help.'],
    [['apply', 'one.json', 'two.json'], 'has no use for two.json. See peering apply --help.'],
  ])('of %j', (args, says) => {
    expect(() => parseArguments(args)).toThrow(says);
  });
});

describe('words in the wrong place', () => {
  it.each([
    [[PCX, 'accept'], `There is no command ${PCX}. The command comes first: peering accept ${PCX}.`],
    [['hub to shop', 'history'], "The command comes first: peering history 'hub to shop'."],
    [['accept', ''], 'PEERING of peering accept is an empty text, as of a variable that is not set.'],
    [['explain', 'web', ' '], 'TARGET of peering explain is an empty text'],
    [[''], 'There is no command without a name. See peering --help.'],
    [['-v'], 'There is no option -v. Did you mean --version?'],
    [
      ['accept', PCX, '--snapshot', 'net'],
      'does not take --snapshot. It asks AWS itself, or changes something there.',
    ],
    [['plan', ''], 'peering plan has no use for an empty text.'],
    [['status', '--no-color'], 'does not take --no-color. Did you mean NO_COLOR=1 in the environment?'],
    [['status', '--format', 'json'], 'does not take --format. Did you mean --output?'],
    [['graph', '--json'], 'does not take --json. Did you mean --format?'],
    [['apply', '--auto-approve'], 'Did you mean --yes?'],
    [['plan', '--verbose'], 'Did you mean --debug?'],
    [['policy', 'check', '--snapshot', 'net'], 'does not take --snapshot. See peering policy check --help.'],
  ])('%j', (args, says) => {
    expect(() => parseArguments(args)).toThrow(says);
  });
});

describe('--filter as other commands take it', () => {
  it.each([
    ['health=lost,drift', 'Give each its own: --filter health=lost --filter health=drift.'],
    ['state = active', '--filter state = active: write it without blanks around =, state=active.'],
    ['name= hub to shop', "write it without blanks around =, 'name=hub to shop'."],
    ['state==active', 'Did you mean state=active?'],
  ])('%s is said to be written otherwise', (filter, says) => {
    expect(() => arranged([], { options: { filter: [filter] } })).toThrow(says);
  });
});

describe('help', () => {
  const all = [
    ['peering', overview] as const,
    ...COMMANDS.map((command) => [command.name, (columns: number) => helpOf(command, columns)] as const),
  ];
  /** Words that stand as they are typed: the usage line and examples. */
  const isTyped = (line: string) => /^(?: {2})?peering /.test(line) || !/ \S+ /.test(line.trim());

  it.each([40, 60, 80, 100])(
    'has no line of prose that is wider than a terminal of %i columns',
    (columns) => {
      for (const [name, help] of all) {
        const wide = help(columns)
          .split('\n')
          .filter((line) => line.length > columns && !isTyped(line));
        expect([name, wide]).toEqual([name, []]);
      }
    },
  );

  it('says the same whatever the width', () => {
    for (const [, help] of all) {
      const words = (columns: number) => help(columns).split(/\s+/).join(' ');
      expect(words(40)).toBe(words(100));
    }
  });
});
