import {
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { arnIn, lastPart } from './arn.ts';
import type { MotoClients } from './clients.ts';
import { withTypesShown } from './hidden-types.ts';
import {
  type DeployedResource,
  type DeployedStack,
  type ParsedTemplate,
  parseTemplate,
  resolveValue,
  UnresolvedReference,
} from './template.ts';
import type { LabCall, LabResponse, Place } from './types.ts';

export interface StackReader {
  readonly clients: MotoClients;
  call(call: LabCall): Promise<LabResponse>;
}

/** Stacks may be named by their ARN: `arn:aws:cloudformation:<region>:<account>:stack/<name>/<id>`. */
export function stackNameIn(form: URLSearchParams): string {
  const named = form.get('StackName') ?? '';
  return /:stack\/([^/]+)/.exec(named)?.[1] ?? named;
}

/** `undefined` when there is no such stack, or no more. */
export async function describeStack(
  clients: MotoClients,
  place: Place,
  stackName: string,
): Promise<Stack | undefined> {
  try {
    const { Stacks } = await clients
      .cloudFormation(place)
      .send(new DescribeStacksCommand({ StackName: stackName }));
    return Stacks?.find(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
  } catch (error) {
    // CloudFormation answers a ValidationError for a stack that is gone.
    if (error instanceof Error && error.name === 'ValidationError') {
      return undefined;
    }
    throw error;
  }
}

/** moto names a role by its name; its ARN has its path too. */
async function roleArn(
  call: StackReader['call'],
  place: Place,
  roleName: string,
): Promise<string | undefined> {
  const { body } = await call({
    service: 'iam',
    accountId: place.accountId,
    region: place.region,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Action: 'GetRole', Version: '2010-05-08', RoleName: roleName }).toString(),
  });
  return /<Arn>([^<]+)<\/Arn>/.exec(body.toString())?.[1];
}

/** moto names a rule by its name; its ARN has its bus too, unless that is the default one. */
function withRuleArns(stack: DeployedStack, template: ParsedTemplate): DeployedStack {
  const { accountId, region } = stack;
  const rules = Object.entries(stack.resources).flatMap(([logicalId, resource]) => {
    const { EventBusName } = (template.Resources?.[logicalId]?.Properties ?? {}) as {
      readonly EventBusName?: unknown;
    };
    if (resource.type !== 'AWS::Events::Rule') {
      return [];
    }
    try {
      const bus = lastPart(String(resolveValue(EventBusName ?? 'default', stack)));
      const name = bus === 'default' ? resource.physicalId : `${bus}/${resource.physicalId}`;
      return [[logicalId, { ...resource, arn: arnIn({ accountId, region }, 'events', `rule/${name}`) }]];
    } catch (error) {
      // Whoever refers to its ARN is told.
      if (error instanceof UnresolvedReference) {
        return [];
      }
      throw error;
    }
  });
  return { ...stack, resources: { ...stack.resources, ...Object.fromEntries(rules) } };
}

/** What moto has deployed, with its template. `undefined` when there is no such stack. */
export async function readDeployedStack(
  { clients, call }: StackReader,
  place: Place,
  stackName: string,
): Promise<{ readonly stack: DeployedStack; readonly template: ParsedTemplate } | undefined> {
  const described = await describeStack(clients, place, stackName);
  if (described === undefined) {
    return undefined;
  }
  const cloudFormation = clients.cloudFormation(place);
  const [{ TemplateBody = '{}' }, { StackResourceSummaries = [] }] = await Promise.all([
    cloudFormation.send(new GetTemplateCommand({ StackName: stackName })),
    // moto lists them all at once; described are no more than a hundred.
    cloudFormation.send(new ListStackResourcesCommand({ StackName: stackName })),
  ]);
  const resources = await Promise.all(
    // What moto leaves out has no id.
    StackResourceSummaries.filter(({ PhysicalResourceId }) => PhysicalResourceId !== undefined).map(
      async ({ LogicalResourceId = '', ResourceType: type = '', PhysicalResourceId = '' }) => {
        const arn = type === 'AWS::IAM::Role' ? await roleArn(call, place, PhysicalResourceId) : undefined;
        const resource: DeployedResource = {
          type,
          physicalId: PhysicalResourceId,
          ...(arn === undefined ? {} : { arn }),
        };
        return [LogicalResourceId, resource] as const;
      },
    ),
  );
  const template = parseTemplate(withTypesShown(TemplateBody));
  const stack: DeployedStack = {
    accountId: place.accountId,
    region: place.region,
    stackName,
    stackId: described.StackId ?? '',
    parameters: Object.fromEntries(
      (described.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [
        ParameterKey,
        ParameterValue,
      ]),
    ),
    resources: Object.fromEntries(resources),
  };
  return { template, stack: withRuleArns(stack, template) };
}
