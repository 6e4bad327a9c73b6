import { isOptedIn, optInOf } from '../../lib/model/opt-in.ts';
import { routesTagKey } from '../../lib/model/tags.ts';
import { type DoctorCheck, pass, warn } from './check.ts';
import { type Patient, regionsOf } from './patient.ts';

/** Whether there are tables to route in, above all where there is something to route. */
export function tables({ assessment, policy }: Patient): readonly DoctorCheck[] {
  const tag = routesTagKey(policy.tagPrefix);
  return regionsOf(assessment).map(({ region, inventory, views }) => {
    const optedIn = inventory.tables.filter((table) => isOptedIn(optInOf(table, policy.tagPrefix)));
    const vpcs = new Set(optedIn.map(({ vpcId }) => vpcId));
    const without = [
      ...new Set(
        views
          .filter(({ view, management }) => management === 'managed' && !vpcs.has(view.local.vpcId))
          .map(({ view }) => view.local.vpcId),
      ),
    ];
    const remedy = `aws ec2 create-tags --region ${region} --resources rtb-… --tags Key=${tag},Value='*'`;
    if (without.length > 0) {
      return warn(
        'tables',
        region,
        `${without.join(', ')} ${without.length === 1 ? 'has a managed peering and no table that opts' : 'have managed peerings and no table that opts'} in, so nothing is routed there.`,
        remedy,
      );
    }
    return optedIn.length === 0
      ? warn(
          'tables',
          region,
          `None of ${inventory.tables.length} route tables opts in by the tag ${tag}.`,
          remedy,
        )
      : pass('tables', region, `${optedIn.length} of ${inventory.tables.length} route tables opt in.`);
  });
}
