import {
  DescribeEventBusCommand,
  PutPermissionCommand,
  RemovePermissionCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-eventbridge';
import { globalArnIn, parseArn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import { DEFAULT_BUS } from './event-rules.ts';
import type { ResourceMaker, StackResource } from './stacks.ts';

interface BusPolicyProperties {
  readonly EventBusName?: string;
  readonly StatementId: string;
  readonly Statement?: Readonly<Record<string, unknown>>;
  /** Of the older form: an account id or `*`. */
  readonly Principal?: string;
  readonly Action?: string;
  readonly Condition?: { readonly Type: string; readonly Key: string; readonly Value: string };
}

interface Made {
  readonly busName: string;
  readonly statementId: string;
}

function statementOf(
  { StatementId, Statement, Principal = '*', Action = 'events:PutEvents', Condition }: BusPolicyProperties,
  busArn: string,
): Readonly<Record<string, unknown>> {
  const { region } = parseArn(busArn);
  return {
    Effect: 'Allow',
    Action,
    Principal:
      Principal === '*' ? '*' : { AWS: globalArnIn({ accountId: Principal, region }, 'iam', 'root') },
    Resource: busArn,
    ...(Condition ? { Condition: { [Condition.Type]: { [Condition.Key]: Condition.Value } } } : {}),
    ...Statement,
    Sid: StatementId,
  };
}

/** `AWS::Events::EventBusPolicy`: one statement of a bus's policy. */
export function createEventBusPolicyMaker(clients: MotoClients): ResourceMaker {
  /** By place and stack. */
  const ofStacks = new Map<string, readonly Made[]>();

  function madeFrom({ properties }: StackResource): Made {
    const { EventBusName = DEFAULT_BUS, StatementId } = properties as unknown as BusPolicyProperties;
    return { busName: EventBusName, statementId: StatementId };
  }

  return {
    type: 'AWS::Events::EventBusPolicy',
    async make(resource) {
      const properties = resource.properties as unknown as BusPolicyProperties;
      const { busName } = madeFrom(resource);
      const events = clients.events(resource);
      const { Policy, Arn = '' } = await events.send(new DescribeEventBusCommand({ Name: busName }));
      const { Statement = [] } = JSON.parse(Policy ?? '{}') as { Statement?: { readonly Sid?: string }[] };
      // moto drops the statements of the same principal: all of them are put again.
      const others = Statement.filter(({ Sid }) => Sid !== properties.StatementId);
      await events.send(
        new PutPermissionCommand({
          EventBusName: busName,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [...others, statementOf(properties, Arn)],
          }),
        }),
      );
    },
    async retain({ accountId, region, stackName }, left) {
      const key = `${accountId}/${region}/${stackName}`;
      const kept = left.map(madeFrom);
      const gone = (ofStacks.get(key) ?? []).filter(
        (made) =>
          !kept.some(
            ({ busName, statementId }) => busName === made.busName && statementId === made.statementId,
          ),
      );
      ofStacks.set(key, kept);
      for (const { busName, statementId } of gone) {
        try {
          await clients
            .events({ accountId, region })
            .send(new RemovePermissionCommand({ EventBusName: busName, StatementId: statementId }));
        } catch (error) {
          // The bus is gone, and its policy with it.
          if (!(error instanceof ResourceNotFoundException)) {
            throw error;
          }
        }
      }
    },
  };
}
