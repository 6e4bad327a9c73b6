import { createRunCommand } from '../../lib/aws/run-command.ts';
import { type Check, pass, warn } from './check.ts';
import type { Patient } from './patient.ts';

/** Whether there are instances that ping, and Systems Manager reaches them. */
export async function probes({ assessment, policy, stack }: Patient): Promise<readonly Check[]> {
  const tag = `${policy.tagPrefix}:probe`;
  return Promise.all(
    assessment.source.scopes.map(async ({ region, connectivity }) => {
      const instances = (await connectivity.readProbeInstances(region, policy.tagPrefix)).filter(
        ({ state }) => state === 'running',
      );
      const sources = instances.filter(({ tags }) => tags[tag] === 'source' || tags[tag] === 'both');
      if (instances.length === 0) {
        return warn(
          'probes',
          region,
          `No running instance has the tag ${tag}, so nothing can be pinged from here.`,
          `aws ec2 create-tags --region ${region} --resources i-… --tags Key=${tag},Value=both`,
        );
      }
      const commands = createRunCommand({
        documentName: stack?.resources.get('PingDocument') ?? '',
        mode: 'observe',
      });
      const online = await commands.readOnlineInstances(region);
      const offline = sources
        .filter(({ instanceId }) => !online.has(instanceId))
        .map(({ instanceId }) => instanceId);
      return offline.length > 0
        ? warn(
            'probes',
            region,
            `Systems Manager does not reach ${offline.join(', ')}.`,
            'Look at the SSM agent, the instance profile (AmazonSSMManagedInstanceCore) and the way to the ssm endpoints.',
          )
        : pass(
            'probes',
            region,
            `${instances.length} probe instances, ${sources.length} of them send and are online.`,
          );
    }),
  );
}
