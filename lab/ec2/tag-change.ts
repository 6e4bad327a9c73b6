import type { LabRequest, NewEvent } from '../types.ts';

const TYPES: Readonly<Record<string, string>> = {
  rtb: 'route-table',
  vpc: 'vpc',
  pcx: 'vpc-peering-connection',
  i: 'instance',
  subnet: 'subnet',
  sg: 'security-group',
};

/** `Tag Change on Resource`, one for each resource of a CreateTags or DeleteTags call. */
export function tagChangeEvents({ accountId, region }: LabRequest, form: URLSearchParams): NewEvent[] {
  const action = form.get('Action');
  if (action !== 'CreateTags' && action !== 'DeleteTags') {
    return [];
  }
  const valuesOf = (pattern: RegExp) =>
    [...form].filter(([name]) => pattern.test(name)).map(([, value]) => value);
  const keys = valuesOf(/^Tag\.\d+\.Key$/);
  const values = valuesOf(/^Tag\.\d+\.Value$/);
  return valuesOf(/^ResourceId\.\d+$/).map((id) => {
    const type = TYPES[id.slice(0, id.indexOf('-'))] ?? 'resource';
    return {
      'detail-type': 'Tag Change on Resource',
      source: 'aws.tag',
      resources: [`arn:aws:ec2:${region}:${accountId}:${type}/${id}`],
      detail: {
        'changed-tag-keys': keys,
        service: 'ec2',
        'resource-type': type,
        version: 1,
        tags:
          action === 'CreateTags'
            ? Object.fromEntries(keys.map((key, index) => [key, values[index] ?? '']))
            : {},
      },
    };
  });
}
