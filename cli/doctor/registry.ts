import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { namingCall } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { ifPresent } from '../../lib/aws/if-present.ts';
import { runbookOf } from '../../lib/model/runbook.ts';
import { shown } from '../output.ts';
import { checksOrWarning, type DoctorCheck, fail, pass, warn } from './check.ts';
import { MADE_ANEW } from './made-anew.ts';
import type { Patient } from './patient.ts';

const AREA = 'registry';

/** DynamoDB answers of a table in these (DynamoDB API reference, TableStatus). */
const READABLE: ReadonlySet<string> = new Set(['ACTIVE', 'UPDATING']);

const WITHOUT_IT =
  'Without it every look of the functions fails, that of the sweep too: nothing is accepted, routed or repaired.';

const WAY_BACK = `${MADE_ANEW} The new stack adopts the routes that are as the policy wants them; its history is lost, and with it silences, freezes and who answered. ${runbookOf('EventsUnhandled')} says how to keep that, for 35 days.`;

/**
 * Whether the table is there and can be used.
 *
 * @param status as DynamoDB says it, such as ACTIVE; undefined: there is no such table.
 */
export function tableCheck(region: string, name: string, status: string | undefined): DoctorCheck {
  const table = shown(name, 120);
  if (status === undefined || status === 'DELETING') {
    const how = status === undefined ? 'gone' : 'being deleted';
    return fail(AREA, region, `The table ${table} is ${how}. ${WITHOUT_IT}`, WAY_BACK);
  }
  return READABLE.has(status)
    ? pass(AREA, region, `The table ${table}, in which the stack remembers, is ${status}.`)
    : fail(
        AREA,
        region,
        `The table ${table} is ${shown(status, 60)}. ${WITHOUT_IT}`,
        `Look again in some minutes. If it stays so: aws dynamodb describe-table --region ${region} --table-name ${table} says more.`,
      );
}

/** Whether the table would come back if somebody deleted it. @param recovery of point-in-time recovery, ENABLED or DISABLED. */
export function recoveryChecks(region: string, name: string, recovery: string): readonly DoctorCheck[] {
  const table = shown(name, 120);
  return recovery === 'ENABLED'
    ? []
    : [
        warn(
          AREA,
          region,
          `The table ${table} has no point-in-time recovery any more: if somebody deletes it, nothing brings back what it knows.`,
          `aws dynamodb update-continuous-backups --region ${region} --table-name ${table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
        ),
      ];
}

async function readStatus(dynamo: DynamoDBClient, region: string, name: string): Promise<string | undefined> {
  const answer = await ifPresent('DescribeTable', region, name, () =>
    dynamo.send(new DescribeTableCommand({ TableName: name })),
  );
  return answer === undefined ? undefined : (answer.Table?.TableStatus ?? 'unknown');
}

/** @throws AWS errors of DescribeContinuousBackups. */
async function readRecovery(dynamo: DynamoDBClient, region: string, name: string): Promise<string> {
  const { ContinuousBackupsDescription } = await namingCall('DescribeContinuousBackups', region, name, () =>
    dynamo.send(new DescribeContinuousBackupsCommand({ TableName: name })),
  );
  return (
    ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus ?? 'DISABLED'
  );
}

/** Nothing of a stack from before there was a registry: the line of its version says what to do. */
export async function registry({ stack }: Patient): Promise<readonly DoctorCheck[]> {
  const name = stack?.resources.get('Registry');
  if (stack === undefined || name === undefined) {
    return [];
  }
  const { region } = stack;
  const dynamo = createClient(DynamoDBClient, { region });
  const table = tableCheck(region, name, await readStatus(dynamo, region, name));
  if (table.result !== 'pass') {
    return [table];
  }
  // Whoever may not see backups sees the table all the same.
  const recovery = await checksOrWarning(AREA, region, async () =>
    recoveryChecks(region, name, await readRecovery(dynamo, region, name)),
  );
  return [table, ...recovery];
}
