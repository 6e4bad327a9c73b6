import type { ResourceMaker, StackResource } from './stacks.ts';
import type { Place } from './types.ts';

/** Resources of a stack that are the whole policy of others, as `AWS::SQS::QueuePolicy` is of queues. */
export interface PolicyResource {
  readonly type: string;
  /** What the policy is of, by URL or ARN. */
  ownersOf(resource: StackResource): readonly string[];
  put(place: Place, owner: string, policyDocument: unknown): Promise<void>;
  /** As without a policy of a stack. Nothing happens where the owner has gone: it took its policy along. */
  reset(place: Place, owner: string): Promise<void>;
}

export function createPolicyMaker({ type, ownersOf, put, reset }: PolicyResource): ResourceMaker {
  /** What has a policy, by place and stack. */
  const ofStacks = new Map<string, readonly string[]>();
  return {
    type,
    async make(resource) {
      const { PolicyDocument } = resource.properties as { readonly PolicyDocument?: unknown };
      for (const owner of ownersOf(resource)) {
        await put(resource, owner, PolicyDocument);
      }
    },
    async retain({ accountId, region, stackName }, left) {
      const key = `${accountId}/${region}/${stackName}`;
      const kept = left.flatMap(ownersOf);
      const gone = (ofStacks.get(key) ?? []).filter((owner) => !kept.includes(owner));
      ofStacks.set(key, kept);
      for (const owner of gone) {
        await reset({ accountId, region }, owner);
      }
    },
  };
}
