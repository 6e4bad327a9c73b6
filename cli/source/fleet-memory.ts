import type { CredentialProvider } from '../../lib/aws/clients.ts';
import { createMemory } from '../../lib/aws/memory.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { NO_MEMORY, type RegionMemory } from '../../lib/model/memory.ts';
import { registryTable } from '../../lib/model/names.ts';
import type { Memory } from '../../lib/ports/memory.ts';
import { noStackText } from './no-stack.ts';

/** What the stack of one account remembers. The reader may ask the table and nothing else, so its Region is found by asking. */
export interface FleetMemory {
  /** `NO_MEMORY` where it cannot be read, which `unread` is told. Never throws. */
  read(region: string): Promise<RegionMemory>;
}

/** Where the last account had its table: a rollout puts all into one Region. */
export interface HomeRegion {
  found?: string;
}

interface FleetMemoryOptions {
  readonly accountId: string;
  /** The Regions that its policy names. */
  readonly managed: readonly string[];
  /** Where the table may be, in order. */
  readonly regions: readonly string[];
  readonly home: HomeRegion;
  readonly stage: string;
  readonly credentials?: CredentialProvider;
  /** Whether there is a stack: who lets itself be read has one, the caller's own account may have none. */
  readonly stack: 'there' | 'maybe';
  /** @param reason one sentence or more. */
  readonly unread: (region: string, reason: string) => void;
  /** Told once that the account has no stack, where it need not have one. */
  readonly note: (text: string) => void;
}

export function createFleetMemory(options: FleetMemoryOptions): FleetMemory {
  const { home, stage, credentials, stack } = options;
  const table = registryTable(stage);
  const memories = new Map<string, Memory>();
  let isNoted = false;

  function memoryIn(region: string): Memory {
    const known =
      memories.get(region) ??
      createMemory(table, region, { mode: 'observe', ...(credentials === undefined ? {} : { credentials }) });
    memories.set(region, known);
    return known;
  }

  return {
    async read(region) {
      const first = home.found === undefined ? [] : [home.found];
      const refusals: string[] = [];
      const places = [...new Set([...first, ...options.regions])];
      for (const place of places) {
        try {
          const memory = await memoryIn(place).read(region);
          home.found = place;
          return memory;
        } catch (error) {
          const { kind, message } = classifyAwsError(error);
          if (kind !== 'not-found') refusals.push(message);
        }
      }
      const [refusal] = refusals;
      if (refusal !== undefined || stack === 'there') {
        options.unread(
          region,
          `What the stack remembers of ${region} could not be read (table ${table}, looked for in ${places.join(', ')}), so no route there is known to be its own, and one that is missing counts as not made yet.${refusal === undefined ? '' : ` ${refusal}`} If the stack is in another Region, set AWS_REGION to it.`,
        );
      } else if (!isNoted) {
        isNoted = true;
        options.note(noStackText({ ...options, regions: places }));
      }
      return NO_MEMORY;
    },
  };
}
