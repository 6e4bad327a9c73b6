import type { NotJudged } from '../../lib/assessment/types.ts';
import { createMemory } from '../../lib/aws/memory.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { NO_MEMORY, type RegionMemory } from '../../lib/model/memory.ts';
import { POLICY_FINGERPRINT, policyFingerprint } from '../../lib/policy/fingerprint.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { Memory } from '../../lib/ports/memory.ts';
import { shown } from '../output.ts';
import { type DeployedStack, findStack, outputsOf } from '../stack.ts';
import { noStackText } from './no-stack.ts';

/** The logical id of the stack's table. */
const REGISTRY = 'Registry';

export interface LiveMemory {
  /** `NO_MEMORY` without a stack, and where it cannot be read. Never throws. */
  read(region: string): Promise<RegionMemory>;
  /** The stack's own, where there is one. */
  store(): Promise<Memory | undefined>;
  /** Regions of which it could not be read. */
  unread(): readonly NotJudged[];
  /** What a person has to know of the stack that was looked for, so far: that there is none, or that it runs another policy. */
  notes(): readonly string[];
}

export interface LiveStack {
  /** Where it may be, in order. */
  readonly regions: readonly string[];
  readonly stage: string | undefined;
  readonly accountId: string;
  /** By which everything is judged here. */
  readonly policy: Policy;
}

interface Opened {
  readonly store: Memory | undefined;
  /** Over once it is known whether the stack runs the same policy. Never rejects. */
  readonly telling: Promise<void>;
}

/** What the functions judge by is in the stack; what is judged by here may be a draft, or the file of another stage. */
async function policyNote(stack: DeployedStack, policy: Policy): Promise<string | undefined> {
  const name = `${shown(stack.name)} in ${stack.region}`;
  try {
    const deployed = (await outputsOf(stack)).get(POLICY_FINGERPRINT);
    return deployed === undefined || deployed === policyFingerprint(policy)
      ? undefined
      : `This is judged by another policy than the one that ${name} runs, so the functions do not judge so until this one is deployed (peering deploy). Name the policy of the stack with --policy or --stage to see what they do.`;
  } catch (error) {
    return `Whether ${name} runs the policy by which this is judged is not known. ${shown(classifyAwsError(error).message, 600)}`;
  }
}

/**
 * What the deployed stack remembers. A person may not be allowed to read it: then everything else is still judged, and that
 * it was judged without it is said.
 */
export function createLiveMemory({ regions, stage, accountId, policy }: LiveStack): LiveMemory {
  const failed = new Map<string, NotJudged>();
  const notes: string[] = [];
  let opened: Promise<Opened> | undefined;

  async function tell(note: Promise<string | undefined>): Promise<void> {
    const text = await note;
    if (text !== undefined) notes.push(text);
  }

  async function find(): Promise<Opened> {
    const stack = await findStack(regions, stage);
    if (stack === undefined) {
      notes.push(noStackText({ regions, stage, accountId, managed: policy.regions }));
      return { store: undefined, telling: Promise.resolve() };
    }
    const table = stack.resources.get(REGISTRY);
    if (table === undefined) {
      notes.push(
        `The stack ${shown(stack.name)} in ${stack.region} has no registry, so nothing is known to be the product's own: a route that is missing may not count as drift. Deploy this version (peering deploy).`,
      );
    }
    return {
      // Only a person's order is written there, which holds whatever mode the policy has.
      store: table === undefined ? undefined : createMemory(table, stack.region, { mode: 'enforce' }),
      telling: tell(policyNote(stack, policy)),
    };
  }

  function open(): Promise<Opened> {
    opened ??= find();
    return opened;
  }

  return {
    store: async () => (await open()).store,
    unread: () => [...failed.values()],
    notes: () => notes,
    async read(region) {
      try {
        const { store, telling } = await open();
        const [remembered] = await Promise.all([store?.read(region), telling]);
        return remembered ?? NO_MEMORY;
      } catch (error) {
        failed.set(region, {
          region,
          resource: region,
          reason: `What the stack remembers of ${region} could not be read, so no route there is known to be its own, and one that is missing counts as not made yet. ${classifyAwsError(error).message}`,
        });
        return NO_MEMORY;
      }
    },
  };
}
