import { withTypesShown } from '../hidden-types.ts';
import type { LabResponse } from '../types.ts';
import { resourceAnswer, withEvents, withResources, withStackStates, withTemplate } from './answers.ts';
import type { StackRecords } from './records.ts';
import type { StackCall } from './stack-call.ts';

/** Of more, DescribeStackResources shows the first (CloudFormation API reference). */
const MOST_DESCRIBED = 100;

/** Answers what only reads stacks, or has moto answer where the lab knows no more than moto. */
export async function describeStacks(
  records: StackRecords,
  { request, form, next }: StackCall,
): Promise<LabResponse> {
  const action = form.get('Action') ?? '';
  const record = records.find(request, form.get('StackName') ?? '');
  const recordOf = (stackId: string) => records.find(request, stackId);
  const wanted = record?.resources.get(form.get('LogicalResourceId') ?? '');
  if (record !== undefined && wanted !== undefined) {
    return resourceAnswer(action, record, wanted);
  }
  const response = await next(request);
  if (response.status !== 200) {
    return response;
  }
  switch (action) {
    case 'GetTemplate':
      return record?.originalTemplate === undefined
        ? { ...response, body: Buffer.from(withTypesShown(response.body.toString())) }
        : withTemplate(response, record.originalTemplate);
    case 'DescribeChangeSet':
      return { ...response, body: Buffer.from(withTypesShown(response.body.toString())) };
    case 'DescribeStacks':
      return withStackStates(response, { action, list: 'Stacks' }, recordOf);
    case 'ListStacks':
      return withStackStates(response, { action, list: 'StackSummaries' }, recordOf);
    case 'DescribeStackEvents':
      return record === undefined ? response : withEvents(response, record);
    case 'DescribeStackResources':
      return record === undefined || form.has('LogicalResourceId')
        ? response
        : withResources(response, { action, list: 'StackResources', most: MOST_DESCRIBED }, record);
    case 'ListStackResources':
      return record === undefined
        ? response
        : withResources(response, { action, list: 'StackResourceSummaries' }, record);
    default:
      return response;
  }
}
