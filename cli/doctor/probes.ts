import { createRunCommand } from '../../lib/aws/run-command.ts';
import type { Instance } from '../../lib/model/network.ts';
import { probeTagSlips } from '../../lib/policy/tag-slips.ts';
import { type DoctorCheck, pass, warn } from './check.ts';
import type { Patient } from './patient.ts';

/** What needs no care in a shell: a tag may hold anything. */
const IN_A_COMMAND = /^[\w:./, -]*$/;

/** Tags of probe instances that nearly say something. */
function slipsOf(region: string, instances: readonly Instance[], tagPrefix: string): DoctorCheck[] {
  return instances.flatMap(({ instanceId, tags }) =>
    probeTagSlips(tags, { tagPrefix, place: `${instanceId} in ${region}` }).map(({ sentence, meant }) =>
      warn(
        'probes',
        region,
        sentence,
        meant === null || !IN_A_COMMAND.test(meant.key + meant.value)
          ? 'Change or remove the tag.'
          : `aws ec2 create-tags --region ${region} --resources ${instanceId} --tags Key=${meant.key},Value="${meant.value}"`,
      ),
    ),
  );
}

/** Whether there are instances that ping, Systems Manager reaches them, and their tags say what they were meant to say. */
export async function probes(patient: Patient): Promise<readonly DoctorCheck[]> {
  const { tagPrefix } = patient.policy;
  const found = await Promise.all(
    patient.assessment.source.scopes.map(async ({ region, connectivity }) => {
      const instances = await connectivity.readProbeInstances(region, tagPrefix);
      const running = instances.filter(({ state }) => state === 'running');
      return [await sources(patient, region, running), ...slipsOf(region, running, tagPrefix)];
    }),
  );
  return found.flat();
}

async function sources(
  { policy, stack }: Patient,
  region: string,
  instances: readonly Instance[],
): Promise<DoctorCheck> {
  const tag = `${policy.tagPrefix}:probe`;
  const senders = instances.filter(({ tags }) => tags[tag] === 'source' || tags[tag] === 'both');
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
  const offline = senders
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
        `${instances.length} probe instances, ${senders.length} of them send and are online.`,
      );
}
