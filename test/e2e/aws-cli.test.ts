import { join } from 'node:path';
import { type Lab, startLab } from '../../local/lab.ts';
import {
  answeredOtherwiseToCli,
  RECORDED_PATTERNS,
  readRecordedPatterns,
} from '../../proof/judges/recorded-patterns.ts';
import { type AwsCli, awsCli } from '../support/aws-cli.ts';
import { eventually } from '../support/lab-account.ts';

/** The AWS CLI as the only client, as in the README: nothing here knows the lab but its endpoint. */

let lab: Lab;
let aws: AwsCli;

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  await lab.deploy({ policyFile: join(__dirname, 'policy.yml') });
  aws = await awsCli(lab.env);
});

afterAll(async () => {
  aws?.end();
  await lab?.stop();
});

describe('the AWS CLI alone', () => {
  it('makes VPCs, tables, tags and a peering, and gets it accepted and routed on both sides', async () => {
    const vpcs = await Promise.all(
      ['10.81.0.0/16', '10.82.0.0/16'].map((cidr) =>
        aws(`ec2 create-vpc --cidr-block ${cidr} --query Vpc.VpcId`),
      ),
    );
    const tables = await Promise.all(
      vpcs.map((vpc) => aws(`ec2 create-route-table --vpc-id ${vpc} --query RouteTable.RouteTableId`)),
    );
    await aws(
      `ec2 create-tags --resources ${tables.join(' ')} --tags Key=peering-autopilot:routes,Value=own`,
    );
    const pcx = await aws(
      `ec2 create-vpc-peering-connection --vpc-id ${vpcs[0]} --peer-vpc-id ${vpcs[1]} --query VpcPeeringConnection.VpcPeeringConnectionId`,
    );
    for (const [index, destination] of ['10.82.0.0/16', '10.81.0.0/16'].entries()) {
      await eventually(`a route to ${destination}`, async () => {
        const route = await aws(
          `ec2 describe-route-tables --route-table-ids ${tables[index]} --query RouteTables[].Routes[?DestinationCidrBlock=='${destination}'].[VpcPeeringConnectionId,State][]`,
        );
        return route === `${pcx}\tactive` ? true : undefined;
      });
    }
    const [decision, rule] = await Promise.all(
      ['decision', 'rule'].map((tag) =>
        aws(
          `ec2 describe-vpc-peering-connections --vpc-peering-connection-ids ${pcx} --query VpcPeeringConnections[].Tags[?Key=='peering-autopilot:${tag}'].Value[]`,
        ),
      ),
    );
    expect([decision, rule]).toEqual(['accept', 'own']);
  });

  it('sees the alarms of the stack, and none of them is on', async () => {
    const alarms = await aws('cloudwatch describe-alarms --query MetricAlarms[].AlarmName');
    for (const name of ['RouteDriftUnrepaired', 'ConnectivityLost', 'SweepMissing', 'QuotaLow']) {
      expect(alarms).toContain(`-${name}`);
    }
    expect(await aws('cloudwatch describe-alarms --state-value ALARM --query MetricAlarms[].AlarmName')).toBe(
      '',
    );
  });

  const recorded = readRecordedPatterns();
  const patterns = recorded === undefined ? it.skip : it;
  patterns(`answers test-event-pattern as EventBridge did, by ${RECORDED_PATTERNS}`, async () => {
    expect(recorded).toHaveLength(155);
    expect(await answeredOtherwiseToCli(recorded ?? [], lab.env)).toEqual([]);
  });

  it('says of an event pattern what the rules make of it, and of a wrong one what is wrong', async () => {
    const asked = (pattern: string) =>
      aws(`events test-event-pattern --event-pattern ${pattern} --event {"source":"fixture"}`);
    expect(await asked('{"source":[{"wildcard":"f*e"}]}')).toBe('True');
    expect(await asked('{"source":[{"anything-but":["fixture"]}]}')).toBe('False');
    await expect(asked('{"source":[{"starts":"f"}]}')).rejects.toThrow(
      /InvalidEventPatternException.*"source".*starts/s,
    );
  });
});
