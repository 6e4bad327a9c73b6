import fc from 'fast-check';
import { type Parsed, parseArguments } from '../../cli/arguments.ts';
import { CliError } from '../../cli/errors.ts';
import type { SavedFiles } from '../../cli/source/saved-files.ts';
import { readSavedMemory } from '../../cli/source/saved-memory.ts';
import { readSavedPrefixLists } from '../../cli/source/saved-prefix-lists.ts';
import { peeringFrom, routeTableFrom, vpcFrom } from '../../lib/aws/mapping.ts';
import { readCommandComment } from '../../lib/connectivity/probe-commands.ts';
import { resultsOf } from '../../lib/connectivity/read-results.ts';
import { verdictOf } from '../../lib/connectivity/verdict.ts';
import { readHistoryText, readToldText } from '../../lib/passes/legacy-texts.ts';
import { scheduleProblem } from '../../lib/policy/schedule.ts';
import { syncMarkOf, syncMarkValue } from '../../lib/routing/synced.ts';
import { toldText } from '../support/legacy-texts.ts';
import { runs } from '../support/runs.ts';

/** Parsers that have no properties beside their own tests: whatever they are given, they answer or refuse in words. */

const RUNS = { numRuns: runs(300) };
const textArbitrary = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 200 }),
  fc.stringMatching(/^[0-9a-zA-Z ,;:=().*?/#-]{0,80}$/),
);

describe('schedule expressions', () => {
  it('of any text are taken or refused with a reason', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          textArbitrary,
          textArbitrary.map((body) => `rate(${body})`),
          textArbitrary.map((body) => `cron(${body})`),
        ),
        (expression) => {
          const problem = scheduleProblem(expression);
          expect(problem === undefined || problem.length > 10).toBe(true);
          if (problem === undefined) {
            expect(expression).toMatch(/^(rate|cron)\(.+\)$/);
          }
        },
      ),
      RUNS,
    );
  });

  it('that EventBridge documents are taken: every rate in its own unit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9999 }),
        fc.constantFrom('minute', 'hour', 'day'),
        (count, unit) => {
          expect(scheduleProblem(`rate(${count} ${unit}s)`)).toBeUndefined();
          expect(scheduleProblem(`rate(${count} ${unit})`)).toBeDefined();
        },
      ),
      RUNS,
    );
  });
});

describe('what is remembered', () => {
  it('of findings reads back as it was written, and any other text as something', () => {
    const seen = fc
      .uniqueArray(
        fc.tuple(fc.stringMatching(/^[0-9a-z]{1,7}$/), fc.integer({ min: 0, max: 4_000_000_000 })),
        {
          maxLength: 50,
          selector: ([key]) => key,
        },
      )
      .map((entries) => new Map(entries));
    fc.assert(
      fc.property(seen, (map) => {
        expect(new Map([...readToldText(toldText({ seen: map })).seen].sort())).toEqual(
          new Map([...map].sort()),
        );
      }),
      RUNS,
    );
    fc.assert(
      fc.property(textArbitrary, (text) => {
        for (const at of readToldText(text).seen.values()) expect(Number.isFinite(at)).toBe(true);
      }),
      RUNS,
    );
  });

  it('of repairs is read, or left out', () => {
    fc.assert(
      fc.property(fc.oneof(textArbitrary, fc.json()), (text) => {
        for (const times of readHistoryText(text).values()) expect(times.every(Number.isFinite)).toBe(true);
      }),
      RUNS,
    );
  });

  it('of synced routes reads back from the tag, in the length of a tag', () => {
    const name = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 12 }),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
        (rules, now) => {
          const value = syncMarkValue(now, '0123456789abcdef', rules);
          expect(value.length).toBeLessThanOrEqual(256);
          const mark = syncMarkOf({ tags: { 'p:routes-synced-at': value } }, 'p');
          expect(mark).toMatchObject({ at: now.toISOString(), fingerprint: '0123456789abcdef' });
          expect(mark?.rules.every((rule) => rules.includes(rule))).toBe(true);
        },
      ),
      RUNS,
    );
    fc.assert(
      fc.property(textArbitrary, (text) => {
        const mark = syncMarkOf({ tags: { 'p:routes-synced-at': text } }, 'p');
        expect(mark === undefined).toBe(text.trim() === '');
      }),
      RUNS,
    );
  });
});

describe('answers', () => {
  it('of EC2 with anything in them are mapped, or refused as not used', () => {
    const anything = fc.dictionary(
      fc.constantFrom(
        'VpcPeeringConnectionId',
        'Status',
        'RequesterVpcInfo',
        'AccepterVpcInfo',
        'VpcId',
        'OwnerId',
        'RouteTableId',
        'CidrBlock',
      ),
      fc.oneof(
        fc.string(),
        fc.constant(undefined),
        fc.record({ Code: fc.string(), VpcId: fc.string(), OwnerId: fc.string() }),
      ),
    );
    fc.assert(
      fc.property(anything, (item) => {
        for (const map of [peeringFrom, vpcFrom, routeTableFrom]) {
          try {
            expect(map(item as never, 'us-east-1')).toBeDefined();
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }
      }),
      RUNS,
    );
  });

  it('of Systems Manager give a verdict only for a command that ran', () => {
    fc.assert(
      fc.property(textArbitrary, fc.option(textArbitrary, { nil: undefined }), (status, details) => {
        const { verdict, reason } = verdictOf(status, details, undefined);
        expect([verdict, reason.length > 0]).toEqual(['none', true]);
      }),
      RUNS,
    );
  });

  it('of commands that others sent are told from ours by their comment', () => {
    fc.assert(
      fc.property(textArbitrary, (comment) => {
        const about = readCommandComment(comment);
        if (about !== undefined) {
          expect(about.peeringId).toMatch(/^pcx-/);
        }
      }),
      RUNS,
    );
  });

  it('of what instances print give one result for each question, and reach nothing that no line shows', () => {
    const mark = fc.constantFrom(
      '== route',
      '== ping',
      '== tcp',
      '== size 9001',
      '== size 1500',
      '== name a.b',
      '== end',
    );
    const line = fc.oneof(
      mark,
      textArbitrary,
      fc.constantFrom('tcp 5432 exit 0', 'exit 0', 'status Success'),
    );
    const asks = { ping: true, mtu: true, name: true, ports: [5432] };
    const about = { peeringId: 'pcx-11112222', target: '10.2.1.139', priceClass: 'unknown', asks } as const;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const ran = {
          instanceId: 'i-1',
          status: 'Success',
          statusDetails: 'Success',
          output: lines.join('\n'),
        };
        const results = resultsOf(about, 'us-east-1', ran);
        expect(new Set(results.map(({ kind }) => kind)).size).toBe(4);
        expect(results.filter(({ verdict }) => verdict === 'reachable')).toEqual([]);
      }),
      RUNS,
    );
  });

  it('saved in files are read or refused in words, whatever they hold', () => {
    const json = fc.jsonValue();
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('routes', 'repairs', 'notes', 'readAt', 'pl-1'), json),
        fc.array(json),
        (content, list) => {
          const files: SavedFiles = {
            has: () => true,
            list: () => list,
            take: () => list,
            object: () => content,
            broken: (_file, problem) => new CliError(problem),
          };
          for (const read of [
            () => readSavedMemory(files),
            () => readSavedPrefixLists(files, ['pl-1', 'pl-2']),
          ]) {
            try {
              read();
            } catch (error) {
              expect(error).toBeInstanceOf(CliError);
            }
          }
        },
      ),
      RUNS,
    );
  });
});

describe('arguments of the command', () => {
  it('are understood, or refused in one printable line', () => {
    const word = fc.oneof(
      textArbitrary,
      fc.constantFrom(
        'plan',
        'policy',
        'check',
        'explain',
        'help',
        '--json',
        '--snapshot',
        '--',
        '-h',
        '--region=',
        '--no-json',
        '--__proto__',
        '-',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        let parsed: Parsed | undefined;
        try {
          parsed = parseArguments(args);
        } catch (error) {
          expect(error).toMatchObject({ name: 'CliError' });
          expect(String(error)).not.toMatch(/[^\P{C}]/u);
        }
        expect(parsed === undefined || ['help', 'version', 'run'].includes(parsed.kind)).toBe(true);
      }),
      RUNS,
    );
  });
});
