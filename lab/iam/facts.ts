import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import type { MotoClients } from '../clients.ts';
import { describeStack } from '../deployed-stack.ts';
import type { AskMoto } from '../ec2/moto.ts';
import { ec2Arn } from '../ec2/resource-arn.ts';
import { child, items, parseAnswer, text, type XmlNode } from '../ec2/xml.ts';
import { administratorRequest } from '../forward.ts';
import { withTypesShown } from '../hidden-types.ts';
import { templateBodyOf } from '../template-body.ts';
import type { Forward, LabContext, Place } from '../types.ts';
import type { ResourceFacts } from './accesses.ts';
import { textAt } from './input.ts';

/** Reads what conditions are about, as the administrator of the account. */
export function createResourceFacts({
  ask,
  readEc2,
  call,
  clients,
}: {
  readonly ask: AskMoto;
  /** EC2 with the lab's own peerings. */
  readonly readEc2: Forward;
  readonly call: LabContext['call'];
  readonly clients: MotoClients;
}): ResourceFacts {
  function vpcArn(side: XmlNode | undefined, region: string): string {
    const place: Place = { accountId: text(side, 'ownerId') ?? '', region: text(side, 'region') ?? region };
    return ec2Arn(place, 'vpc', text(side, 'vpcId') ?? '');
  }

  return {
    async templateOf({ accountId, region, input, action }) {
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
      const { TemplateBody } = await clients
        .cloudFormation(place)
        .send(new GetTemplateCommand({ StackName }));
      return TemplateBody === undefined ? undefined : withTypesShown(TemplateBody);
    },
    async ec2Tags(place, id) {
      const answer = await ask(place, {
        Action: 'DescribeTags',
        'Filter.1.Name': 'resource-id',
        'Filter.1.Value.1': id,
      });
      return Object.fromEntries(
        items(answer, 'tagSet').map((tag) => [text(tag, 'key') ?? '', text(tag, 'value') ?? '']),
      );
    },
    async peeringVpcs({ accountId, region }, peeringId) {
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
    },
    async organizationOf({ accountId, region }) {
      const { status, body } = await call({
        service: 'organizations',
        accountId,
        region,
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'AWSOrganizationsV20161128.DescribeOrganization',
        },
        body: '{}',
      });
      // The account belongs to none.
      if (status !== 200) {
        return undefined;
      }
      const { Organization } = JSON.parse(body.toString()) as {
        readonly Organization: { readonly Id: string; readonly MasterAccountId: string };
      };
      return { id: Organization.Id, managementAccountId: Organization.MasterAccountId };
    },
  };
}
