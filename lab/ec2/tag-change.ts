import type { LabContext, LabRequest, LabResponse } from '../types.ts';
import type { Form } from './form.ts';
import { type AskMoto, numbered } from './moto.ts';
import { arePeerings, type PeeringTags } from './peering-tags.ts';
import { ec2Arn, resourceTypeOf } from './resource-arn.ts';
import { items, text } from './xml.ts';

type Tags = Readonly<Record<string, string>>;

function changedKeys(before: Tags, after: Tags): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .sort();
}

/**
 * Emits `Tag Change on Resource` for what CreateTags and DeleteTags change. A tag set to the value that it had changes
 * nothing and makes no event.
 */
export function createTagChanges({
  ask,
  peeringTags,
  emit,
}: {
  readonly ask: AskMoto;
  readonly peeringTags: PeeringTags;
  readonly emit: LabContext['emit'];
}): {
  /** Does the work, and compares the tags before it with those after it. */
  watch(request: LabRequest, form: Form, work: () => Promise<LabResponse>): Promise<LabResponse>;
} {
  /** How often a resource's tags changed, by ARN. */
  const versions = new Map<string, number>();

  async function read(request: LabRequest, ids: readonly string[]): Promise<ReadonlyMap<string, Tags>> {
    if (arePeerings(ids)) {
      const known = await peeringTags.of(request);
      return new Map(ids.map((id) => [id, known.get(id) ?? {}]));
    }
    const answer = await ask(request, {
      Action: 'DescribeTags',
      'Filter.1.Name': 'resource-id',
      ...numbered('Filter.1.Value', ids),
    });
    const found = new Map<string, Record<string, string>>(ids.map((id) => [id, {}]));
    for (const tag of items(answer, 'tagSet')) {
      const tags = found.get(text(tag, 'resourceId') ?? '');
      if (tags !== undefined) {
        tags[text(tag, 'key') ?? ''] = text(tag, 'value') ?? '';
      }
    }
    return found;
  }

  return {
    async watch(request, form, work) {
      const ids = form.list('ResourceId');
      if ((form.action !== 'CreateTags' && form.action !== 'DeleteTags') || ids.length === 0) {
        return work();
      }
      const before = await read(request, ids);
      const response = await peeringTags.watch(request, form, work);
      const { accountId, region } = request;
      for (const [id, tags] of await read(request, ids)) {
        const changed = changedKeys(before.get(id) ?? {}, tags);
        const type = resourceTypeOf(id);
        if (changed.length === 0 || type === undefined) {
          continue;
        }
        const arn = ec2Arn({ accountId, region }, type, id);
        const version = (versions.get(arn) ?? 0) + 1;
        versions.set(arn, version);
        emit(
          {
            'detail-type': 'Tag Change on Resource',
            source: 'aws.tag',
            resources: [arn],
            detail: { 'changed-tag-keys': changed, service: 'ec2', 'resource-type': type, version, tags },
          },
          request,
        );
      }
      return response;
    },
  };
}
