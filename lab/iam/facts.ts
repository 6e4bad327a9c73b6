import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import type { MotoClients } from '../clients.ts';
import { describeStack } from '../deployed-stack.ts';
import type { AskMoto } from '../ec2/moto.ts';
import { ec2Arn } from '../ec2/resource-arn.ts';
import { child, items, parseAnswer, text, type XmlNode } from '../ec2/xml.ts';
import { administratorRequest } from '../forward.ts';
import { withTypesShown } from '../hidden-types.ts';
import { organizationOf } from '../organization.ts';
import { templateBodyOf } from '../template-body.ts';
import type { Forward, LabContext, Place } from '../types.ts';
import type { ApiCall, ResourceFacts } from './accesses.ts';
import { textAt } from './input.ts';

export interface ResourceFactsOptions {
  readonly ask: AskMoto;
  /** EC2 with the lab's own peerings. */
  readonly readEc2: Forward;
  readonly call: LabContext['call'];
  readonly clients: MotoClients;
}

function vpcArn(side: XmlNode | undefined, region: string): string {
  const place: Place = { accountId: text(side, 'ownerId') ?? '', region: text(side, 'region') ?? region };
  return ec2Arn(place, 'vpc', text(side, 'vpcId') ?? '');
}

/** The template that a call deploys, or that of the stack which it deletes. */
async function templateOf(
  { clients }: ResourceFactsOptions,
  { accountId, region, input, action }: ApiCall,
): Promise<string | undefined> {
  const place: Place = { accountId, region };
  if (action === 'cloudformation:ExecuteChangeSet') {
    const { TemplateBody } = await clients.cloudFormation(place).send(
      new GetTemplateCommand({
        StackName: textAt(input, 'StackName'),
        ChangeSetName: textAt(input, 'ChangeSetName'),
      }),
    );
    return TemplateBody === undefined ? undefined : withTypesShown(TemplateBody);
  }
  if (action !== 'cloudformation:DeleteStack') {
    return templateBodyOf(clients, place, {
      url: textAt(input, 'TemplateURL'),
      body: textAt(input, 'TemplateBody'),
    });
  }
  const StackName = textAt(input, 'StackName') ?? '';
  if ((await describeStack(clients, place, StackName)) === undefined) {
    return undefined;
  }
  const { TemplateBody } = await clients.cloudFormation(place).send(new GetTemplateCommand({ StackName }));
  return TemplateBody === undefined ? undefined : withTypesShown(TemplateBody);
}

async function ec2Tags(
  { ask }: ResourceFactsOptions,
  place: Place,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  const answer = await ask(place, {
    Action: 'DescribeTags',
    'Filter.1.Name': 'resource-id',
    'Filter.1.Value.1': id,
  });
  return Object.fromEntries(
    items(answer, 'tagSet').map((tag) => [text(tag, 'key') ?? '', text(tag, 'value') ?? '']),
  );
}

async function peeringVpcs(
  { readEc2 }: ResourceFactsOptions,
  { accountId, region }: Place,
  peeringId: string,
): ReturnType<ResourceFacts['peeringVpcs']> {
  const response = await readEc2(
    administratorRequest({
      service: 'ec2',
      accountId,
      region,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: new URLSearchParams({
        Version: '2016-11-15',
        Action: 'DescribeVpcPeeringConnections',
        'Filter.1.Name': 'vpc-peering-connection-id',
        'Filter.1.Value.1': peeringId,
      }).toString(),
    }),
  );
  const [found] = response.status === 200 ? items(parseAnswer(response), 'vpcPeeringConnectionSet') : [];
  return found === undefined
    ? undefined
    : {
        requester: vpcArn(child(found, 'requesterVpcInfo'), region),
        accepter: vpcArn(child(found, 'accepterVpcInfo'), region),
      };
}

/** Reads what conditions are about, as the administrator of the account. */
export function createResourceFacts(options: ResourceFactsOptions): ResourceFacts {
  return {
    templateOf: (call) => templateOf(options, call),
    ec2Tags: (place, id) => ec2Tags(options, place, id),
    peeringVpcs: (place, peeringId) => peeringVpcs(options, place, peeringId),
    organizationOf: (place) => organizationOf(options.call, place),
  };
}
