import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOutput } from '../../../cli/output.ts';
import { createProgress } from '../../../cli/progress.ts';
import type { Source, Unread } from '../../../cli/source/types.ts';
import type { ExitCode, Invocation, Verb } from '../../../cli/verb.ts';
import { assess } from '../../../lib/assessment/assess.ts';
import { driftMetrics } from '../../../lib/assessment/metrics.ts';
import { connectionsOf } from '../../../lib/connect/connect.ts';
import { driftNotification } from '../../../lib/messages/findings.ts';
import { type Finding, isOfCheck } from '../../../lib/model/finding.ts';
import type { RegionInventory } from '../../../lib/model/inventory.ts';
import type { RegionMemory } from '../../../lib/model/memory.ts';
import { policySchema } from '../../../lib/policy/schema.ts';
import type { StatusView } from '../../../lib/report/status-view.ts';

/**
 * One state of a network as each verb, a message and the metrics of the alarms say it. The verbs run in this process; only what
 * they would read is handed to them, so the test has to put `openSource` and `readScopes` in the place of those of `cli/`.
 */

export interface Situation {
  readonly inventory: RegionInventory;
  /** As the file has it. */
  readonly policy: Record<string, unknown>;
  readonly memory: RegionMemory;
  readonly unread?: readonly Unread[];
  /** Left out: saved answers, of which nobody knows whether there is a stack. */
  readonly kind?: Source['kind'];
  readonly now: Date;
}

let current: Situation | undefined;

function situation(): Situation {
  if (current === undefined) throw new Error('A verb reads outside of a situation.');
  return current;
}

/** In the place of `cli/source/open.ts`. */
export async function openSource(): Promise<Source> {
  const { unread = [], kind = 'snapshot' } = situation();
  return { kind, scopes: [], unread: () => unread, notes: () => [] };
}

/** In the place of `cli/read.ts`. */
export async function readScopes() {
  const { inventory, memory } = situation();
  const { accountId, region } = inventory;
  return [{ scope: { accountId, region, readMemory: async () => memory }, inventory, memory }];
}

export interface Answer {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

async function answer(verb: Verb, options: Invocation['options']): Promise<Answer> {
  const said = { stdout: '', stderr: '' };
  const write = (stream: keyof typeof said) => (text: string) => {
    said[stream] += text;
  };
  const code = await verb.run({
    options,
    positionals: [],
    commands: [],
    progress: createProgress({ write: () => undefined }, {}),
    output: createOutput({ stdout: write('stdout'), stderr: write('stderr'), colours: 'off' }),
    environment: {},
    ifInterrupted: () => undefined,
  });
  return { code, ...said };
}

export interface Documents {
  readonly plan: {
    readonly changes: readonly {
      readonly action: string;
      readonly routeTableId: string;
      readonly destination: string;
      readonly after: string | null;
      readonly heldBy: string | null;
    }[];
    readonly findings: readonly Pick<Finding, 'kind'>[];
    readonly notJudged: readonly unknown[];
  };
  readonly drift: {
    readonly findings: readonly (Finding & { readonly heldBy: Finding['heldBy'] | null })[];
    readonly notJudged: readonly unknown[];
  };
  readonly status: { readonly views: readonly StatusView[]; readonly notJudged: readonly unknown[] };
}

export interface Said {
  readonly plan: Answer;
  readonly drift: Answer;
  readonly status: Answer;
  /** On the terminal. */
  readonly report: Answer;
  readonly requests: Answer;
  /** The words of its page. */
  readonly page: string;
  /** `policy explain`, by peering. */
  readonly explain: ReadonlyMap<string, Answer>;
  readonly json: Documents;
  /** Of all that was found but for what the connectivity check tells itself; undefined where that is nothing. */
  readonly mail: ReturnType<typeof driftNotification> | undefined;
  readonly metrics: ReturnType<typeof driftMetrics>;
}

function wordsOf(html: string): string {
  return html
    .replace(/<(style|script|svg)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;|&quot;|&lt;|&gt;|&amp;/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/\s+/g, ' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&#39;': "'",
  '&quot;': '"',
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
};

/** What the functions tell of the same state: not what the connectivity check tells itself. */
function foundByFunctions({
  inventory,
  policy: file,
  memory,
  unread = [],
  now,
}: Situation): readonly Finding[] {
  const policy = policySchema.parse(file);
  const { accountId, region } = inventory;
  const remembered = new Map([[region, memory]]);
  const state = { accountId, managedRegions: policy.regions, regions: [inventory], unread };
  const connections = connectionsOf(state, policy, remembered, now);
  const { findings } = assess({ ...state, connections }, policy, remembered, now);
  return findings.filter((finding) => !isOfCheck(finding));
}

/** Everything that is said of a situation. The clock stands at its time. */
export async function saidOf(of: Situation): Promise<Said> {
  const directory = mkdtempSync(join(tmpdir(), 'peering-views-'));
  current = of;
  jest.useFakeTimers({
    now: of.now,
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'],
  });
  try {
    const policy = [join(directory, 'policy.yml')];
    writeFileSync(policy[0] ?? '', JSON.stringify(of.policy));
    const [plan, drift, status, report, explain, requests] = [
      await import('../../../cli/verbs/plan.ts'),
      await import('../../../cli/verbs/drift.ts'),
      await import('../../../cli/verbs/status.ts'),
      await import('../../../cli/verbs/report.ts'),
      await import('../../../cli/verbs/policy-explain.ts'),
      await import('../../../cli/verbs/requests.ts'),
    ];
    const json = async (verb: Verb) => JSON.parse((await answer(verb, { policy, json: true })).stdout);
    const documents: Documents = {
      plan: await json(plan),
      drift: await json(drift),
      status: await json(status),
    };
    const explained = new Map<string, Answer>();
    for (const { peeringId } of documents.status.views) {
      explained.set(peeringId, await answer(explain, { policy, peering: peeringId }));
    }
    const out = join(directory, 'report.html');
    const findings = foundByFunctions(of);
    return {
      plan: await answer(plan, { policy }),
      drift: await answer(drift, { policy }),
      status: await answer(status, { policy, wide: true }),
      report: await answer(report, { policy, out }),
      requests: await answer(requests, { policy }),
      page: wordsOf(readFileSync(out, 'utf8')),
      explain: explained,
      json: documents,
      mail:
        findings.length === 0
          ? undefined
          : driftNotification(findings, { accountId: of.inventory.accountId }),
      metrics: driftMetrics(findings),
    };
  } finally {
    jest.useRealTimers();
    current = undefined;
    rmSync(directory, { recursive: true, force: true });
  }
}
