import { type Assessment, answeredRequests, nameOfVpc } from './assess.ts';
import { type Output, shown } from './output.ts';
import { DECISION_PAINT } from './rows.ts';

const SIGNS = {
  create: ['+', 'green'],
  replace: ['~', 'yellow'],
  delete: ['-', 'red'],
} as const;

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How much a plan would do; undefined when that is nothing. */
export function workOf(assessment: Assessment): string | undefined {
  const requests = answeredRequests(assessment);
  const answered = (decision: string) =>
    requests.filter((each) => each.decision.decision === decision).length;
  const routes = (action: string) => assessment.changes.filter((change) => change.action === action).length;
  const parts = [
    [answered('accept'), 'request to accept', 'requests to accept'],
    [answered('reject'), 'request to reject', 'requests to reject'],
    [routes('create'), 'route to create', 'routes to create'],
    [routes('replace'), 'route to replace', 'routes to replace'],
    [routes('delete'), 'route to delete', 'routes to delete'],
    [assessment.options.length, 'peering option to set', 'peering options to set'],
  ] as const;
  const texts = parts.filter(([count]) => count > 0).map(([count, one, many]) => counted(count, one, many));
  return texts.length === 0 ? undefined : texts.join(', ');
}

export function nameAndId(assessment: Assessment, vpcId: string): string {
  const name = nameOfVpc(assessment.regions, vpcId);
  return name === undefined ? vpcId : `${vpcId} (${shown(name, 60)})`;
}

export function writeDecisions(assessment: Assessment, output: Output): void {
  output.line(output.paint(`Decisions (${assessment.views.length})`, 'bold'));
  if (assessment.views.length === 0) {
    output.line('  No peering has a side here.');
  }
  for (const { view, decision } of assessment.views) {
    const { peering, local, remote, direction, region } = view;
    const arrow = direction === 'inbound' ? '<-' : '->';
    const remoteText = `${nameAndId(assessment, remote.vpcId)} of ${remote.accountId} in ${remote.region}`;
    output.line(
      `  ${peering.peeringId}  ${peering.status}  ${output.paint(decision.decision, DECISION_PAINT[decision.decision] ?? 'dim')}${
        decision.rule === undefined ? ' (no rule)' : ` by rule ${decision.rule}`
      }`,
    );
    output.line(`      ${nameAndId(assessment, local.vpcId)} in ${region} ${arrow} ${remoteText}`);
    for (const reason of decision.reasons) {
      output.line(`      ${output.paint(shown(reason), 'dim')}`);
    }
    if (decision.rule === undefined) {
      for (const { rule, mismatches } of decision.rules) {
        output.line(
          `      ${output.paint(shown(`Rule ${rule} does not match: ${mismatches.join('; ')}.`), 'dim')}`,
        );
      }
    }
  }
}

export function writeChanges(assessment: Assessment, output: Output): void {
  const { changes, options } = assessment;
  output.line(output.paint(`Changes (${changes.length + options.length})`, 'bold'));
  if (changes.length + options.length === 0) {
    output.line('  None.');
  }
  for (const { action, region, routeTableId, destination, peeringId, reason, after } of changes) {
    const [sign, paint] = SIGNS[action];
    output.line(
      `  ${output.paint(`${sign} ${action}`, paint)} ${destination} -> ${peeringId} in ${routeTableId} (${region})${
        after === undefined ? '' : ', once accepted'
      }`,
    );
    output.line(`      ${output.paint(shown(reason), 'dim')}`);
  }
  for (const { region, peeringId, vpcId, rule } of options) {
    output.line(
      `  ${output.paint('~ set', 'yellow')} DNS resolution of ${vpcId} for ${peeringId} (${region})`,
    );
    output.line(`      ${output.paint(`Rule ${rule} asks for it.`, 'dim')}`);
  }
}

export function writeFindings({ findings }: Pick<Assessment, 'findings'>, output: Output): void {
  output.line(output.paint(`Findings (${findings.length})`, 'bold'));
  if (findings.length === 0) {
    output.line('  No drift.');
  }
  for (const { kind, region, routeTableId, destination, peeringId, detail, repairable } of findings) {
    const place = [routeTableId, destination, peeringId].filter((part) => part !== undefined).join(' ');
    output.line(`  ${output.paint(kind, repairable ? 'yellow' : 'red')}  ${place} (${region})`);
    output.line(`      ${output.paint(shown(detail), 'dim')}`);
  }
}

export function writeWarnings({ warnings }: Pick<Assessment, 'warnings'>, output: Output): void {
  for (const warning of warnings) {
    output.note(`warning: ${shown(warning)}`);
  }
}
