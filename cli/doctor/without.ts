import type { FunctionName } from '../../lib/model/function-names.ts';
import { FUNCTIONS } from '../../lib/model/function-names.ts';
import { functionLogicalId, pascalCase } from '../../resources/cloudformation.ts';

/** What nobody does any more while a function does not run, or gets no events. */
export const WITHOUT: Readonly<Record<FunctionName, string>> = {
  'accept-requests': 'no request is answered',
  'sync-routes': 'routes are neither written, repaired nor taken back, and no drift is told',
  'check-connectivity': 'nothing is pinged, and no loss is told',
  'record-connectivity': 'nobody reads what pings say, and no loss is told',
  sweep: 'what changes without an event goes unnoticed, and alarms may be silent for that reason alone',
  'forward-events': 'nobody keeps what brings the events of other managed Regions here',
  'answer-request': 'the buttons in chat answer nothing',
  'request-peerings': 'no peering of the policy is requested',
  'publish-report': 'the page of the report is not renewed',
};

/** The function that a resource of the stack is named after; undefined for what is of several, or of none. */
export function functionOf(logicalId: string): FunctionName | undefined {
  return FUNCTIONS.find(
    (name) =>
      logicalId === functionLogicalId(name) ||
      [`${pascalCase(name)}Role`, `${pascalCase(name)}InvokeConfig`, `${pascalCase(name)}Queue`].includes(
        logicalId,
      ),
  );
}
