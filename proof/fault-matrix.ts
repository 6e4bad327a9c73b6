import { allWatched, FAULT_SHAPES, type FaultCase, faultCases, isRead } from './fault-cases.ts';
import { type BenchKind, type CaseResult, type FaultBench, startFaultBench } from './fault-run.ts';
import type { ProofSection } from './section.ts';
import { ROTATION_DAYS } from './turns.ts';

/** Labs side by side. Half of a case is waiting, for retries and for what settles: four keep two processors at work. */
const BENCHES: readonly BenchKind[] = ['plain', 'plain', 'features', 'features'];

interface Finished {
  readonly one: FaultCase;
  readonly result: CaseResult;
}

const nameOf = ({ call, shape }: FaultCase) =>
  `${call.function} ${call.service}:${call.action}, ${shape.heading}`;

function cell({ result }: Finished): string {
  if (result.problems.length > 0) {
    return '**failed**';
  }
  return result.left === 'nothing' ? 'survived' : 'survived, swept';
}

const AS_RESET = FAULT_SHAPES.filter(({ on }) => on === 'writes').map(
  ({ heading }) => [heading, '='] as const,
);

/** Calls down, faults across. */
function matrixTable(finished: readonly Finished[]): string {
  const rows = new Map<string, Map<string, string>>();
  for (const each of finished) {
    const { call, shape } = each.one;
    const key = `${call.function} | ${call.service}:${call.action}`;
    const row = rows.get(key) ?? new Map<string, string>(isRead(call) ? AS_RESET : []);
    rows.set(key, row.set(shape.heading, cell(each)));
  }
  const headings = FAULT_SHAPES.map(({ heading }) => heading);
  return [
    `| function | call | ${headings.join(' | ')} |`,
    `|---|---|${headings.map(() => '---').join('|')}|`,
    ...[...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, row]) => `| ${key} | ${headings.map((heading) => row.get(heading) ?? '').join(' | ')} |`),
  ].join('\n');
}

const EXPLANATION = `Every call that each deployed function was seen to make without faults, with each fault. One stack, that of
\`proof/policy.yml\`, is put through requests that are accepted, held and rejected, routes and DNS options, a
deleted route, a turned route, a route too many, a deleted peering and a sweep; or through pings answered, lost and answered again.
Another, that of \`proof/features.yml\`, through what a policy has to ask for: a spoke that is connected, one that left and is
disconnected, a peering whose time ends, one that is deleted a day after that, a request accepted and one rejected from
chat, one of a range that IPAM has allocated, routes to single subnets, and the page of the report. Then the faults end, and one clean
pass follows; whoever got no or another answer in chat clicks again. **survived**: what was to be done and told was done and told in spite of the fault. **survived, swept**: something was
left, a failed invocation, an alarmed metric, the dead-letter queue or the answer in chat said so, and the clean pass led to the same end
as without faults. In both cases nothing foreign was touched: tables without the tag, tags, VPCs, and a peering made by hand
were compared before and after. **failed**: anything else. Three things are not asked for: that anything rings for
a decision's tags that could not be written, which the message repeats; those of a rejected request; and those of a request
declined in chat, whose answer says so. A later sweep writes the first two, and for a rejected one the clean pass may come too early.

*throttled*, *error 500*, *reset before*, *reset after*, *NotFound* and *denied* hit every attempt until the faults end, the
SDK's retries and Lambda's included; *reset after* performs the call and loses the answer. *slow* hits one call: the function
is ended while it waits for the answer, as Lambda does when its time is up, and the call takes effect half a second later.
One run tries one case in ${ROTATION_DAYS}, another day others, so that ${ROTATION_DAYS} days in a row try all; \`--all\` tries all at once. Other cells are empty.
**=**: the call changes nothing, so that the fault does to it what *reset before* does; it is not run twice.`;

function markdownOf(finished: readonly Finished[]): string {
  const failed = finished.filter(({ result }) => result.problems.length > 0);
  const swept = finished.filter(({ result }) => result.left === 'something' && result.problems.length === 0);
  return [
    EXPLANATION,
    '',
    `${finished.length} cases: ${finished.length - failed.length} survived (${swept.length} of them by the clean pass), ${failed.length} failed.`,
    '',
    matrixTable(finished),
    ...(failed.length === 0
      ? []
      : [
          '',
          ...failed.map(({ one, result }) => `- ${nameOf(one)}: ${result.problems.slice(0, 4).join('; ')}`),
        ]),
  ].join('\n');
}

/** Cases taken from one queue by every bench that has their flow, so that none waits for another. */
async function runCases(
  benches: readonly FaultBench[],
  cases: readonly FaultCase[],
  progress: (line: string) => void,
): Promise<Finished[]> {
  const queue = [...cases];
  const finished: Finished[] = [];
  await Promise.all(
    benches.map(async (bench) => {
      const next = () => {
        const index = queue.findIndex(({ flow }) => bench.flows.includes(flow));
        return index === -1 ? undefined : queue.splice(index, 1)[0];
      };
      for (let one = next(); one !== undefined; one = next()) {
        const result = await bench.run(one);
        finished.push({ one, result });
        const how = result.problems.length === 0 ? 'survived' : `FAILED: ${result.problems.join('; ')}`;
        progress(
          `${finished.length}/${cases.length} ${nameOf(one)}: ${how} (${result.seconds.toFixed(1)} s)`,
        );
      }
    }),
  );
  return finished;
}

export const faultMatrix: ProofSection = {
  name: 'faults',
  title: 'Every call, every fault',
  async run(progress, turn) {
    const started = await Promise.allSettled(BENCHES.map((kind) => startFaultBench(kind, progress)));
    const benches = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    try {
      const broken = started.find((each) => each.status === 'rejected');
      if (broken !== undefined) {
        throw broken.reason;
      }
      const all = faultCases(allWatched(await Promise.all(benches.map((bench) => bench.watch()))));
      const cases = turn(all);
      const finished = await runCases(benches, cases, progress);
      return {
        markdown: markdownOf(finished),
        ok:
          cases.length > 0 &&
          finished.length === cases.length &&
          finished.every(({ result }) => result.problems.length === 0),
      };
    } finally {
      await Promise.all(benches.map((bench) => bench.stop()));
    }
  },
};
