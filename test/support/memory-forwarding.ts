import type { ForwardingChange, ForwardingInPlace, RuleInPlace } from '../../lib/forwarding/plan.ts';
import type { ForwardingStore, RegionState } from '../../lib/ports/forwarding-store.ts';

/** A Region as EventBridge, SQS and Systems Manager would keep it; rules by name. */
export interface MemoryRegion {
  readonly rules: Map<string, RuleInPlace>;
  queue?: NonNullable<ForwardingInPlace['queue']>;
  document?: NonNullable<ForwardingInPlace['document']>;
}

export function createMemoryRegion(): MemoryRegion {
  return { rules: new Map() };
}

/** @throws as the services do: for a rule that is not there, or still has targets; for a queue or document twice. */
export function applyToMemory(region: MemoryRegion, change: ForwardingChange): void {
  const rule = (name: string): RuleInPlace => {
    const found = region.rules.get(name);
    if (found === undefined) throw new Error(`ResourceNotFoundException: ${name}`);
    return found;
  };
  switch (change.action) {
    case 'create-queue':
      if (region.queue !== undefined) throw new Error('QueueNameExists');
      region.queue = { url: `https://sqs/${change.name}`, policy: change.policy, undelivered: 0 };
      return;
    case 'set-queue-policy':
      if (region.queue === undefined) throw new Error('QueueDoesNotExist');
      region.queue = { ...region.queue, policy: change.policy };
      return;
    case 'delete-queue':
      delete region.queue;
      return;
    case 'put-rule': {
      const { name, description, pattern } = change.rule;
      const targets = region.rules.get(name)?.targets ?? [];
      region.rules.set(name, {
        name,
        description,
        pattern: JSON.stringify(pattern),
        state: 'enabled',
        targets,
      });
      return;
    }
    case 'put-target': {
      const found = rule(change.rule);
      const others = found.targets.filter(({ id }) => id !== change.target.id);
      region.rules.set(change.rule, { ...found, targets: [...others, change.target] });
      return;
    }
    case 'remove-targets': {
      const found = rule(change.rule);
      region.rules.set(change.rule, {
        ...found,
        targets: found.targets.filter(({ id }) => !change.ids.includes(id)),
      });
      return;
    }
    case 'delete-rule':
      if (rule(change.rule).targets.length > 0)
        throw new Error('Rule can’t be deleted since it has targets.');
      region.rules.delete(change.rule);
      return;
    case 'create-document':
      if (region.document !== undefined) throw new Error('DocumentAlreadyExists');
      region.document = { content: change.content };
      return;
    case 'update-document':
      if (region.document?.content === change.content) throw new Error('DuplicateDocumentContent');
      region.document = { content: change.content };
      return;
    case 'delete-document':
      delete region.document;
      return;
  }
}

export function forwardingInPlaceIn(region: MemoryRegion): ForwardingInPlace {
  const { queue, document } = region;
  return {
    rules: [...region.rules.values()],
    ...(queue === undefined ? {} : { queue }),
    ...(document === undefined ? {} : { document }),
  };
}

export interface MemoryForwardingOptions {
  /** Thrown instead of making the call in a Region. */
  readonly fail?: (call: 'read' | ForwardingChange['action'], region: string) => Error | undefined;
  readonly states?: Readonly<Record<string, RegionState>>;
}

/** Forwarding in memory: every Region empty at first. */
export function createMemoryForwarding({ fail, states = {} }: MemoryForwardingOptions = {}) {
  const regions = new Map<string, MemoryRegion>();
  const at = (region: string): MemoryRegion => {
    const found = regions.get(region) ?? createMemoryRegion();
    regions.set(region, found);
    return found;
  };
  const failing = (call: 'read' | ForwardingChange['action'], region: string) => {
    const error = fail?.(call, region);
    if (error !== undefined) throw error;
  };
  const forwarding: ForwardingStore = {
    async read(region) {
      failing('read', region);
      return forwardingInPlaceIn(at(region));
    },
    async apply(region, change) {
      failing(change.action, region);
      applyToMemory(at(region), change);
    },
    readRegionState: async (region) => states[region] ?? 'enabled',
  };
  return { forwarding, at };
}
