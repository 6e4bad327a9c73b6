import { DeleteDashboardsCommand, PutDashboardCommand } from '@aws-sdk/client-cloudwatch';
import type { MotoClients } from './clients.ts';
import type { ResourceMaker, StackResource } from './stacks.ts';

const nameOf = ({ properties, stackName, logicalId }: StackResource) =>
  String(properties.DashboardName ?? `${stackName}-${logicalId}`);

/** `AWS::CloudWatch::Dashboard`, which moto holds and leaves out of a stack. */
export function createDashboardMaker(clients: Pick<MotoClients, 'cloudWatch'>): ResourceMaker {
  /** Names of the dashboards that came with a stack, by place and stack. */
  const ofStacks = new Map<string, ReadonlySet<string>>();
  return {
    type: 'AWS::CloudWatch::Dashboard',
    async make(resource) {
      await clients.cloudWatch(resource).send(
        new PutDashboardCommand({
          DashboardName: nameOf(resource),
          DashboardBody: String(resource.properties.DashboardBody),
        }),
      );
    },
    async retain(stack, left) {
      const key = `${stack.accountId}/${stack.region}/${stack.stackName}`;
      const names = new Set(left.map(nameOf));
      const gone = [...(ofStacks.get(key) ?? [])].filter((name) => !names.has(name));
      ofStacks.set(key, names);
      if (gone.length > 0) {
        await clients.cloudWatch(stack).send(new DeleteDashboardsCommand({ DashboardNames: gone }));
      }
    },
  };
}
