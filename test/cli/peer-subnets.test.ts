import { rmSync, writeFileSync } from 'node:fs';
import { commandOfFile, valid } from './support/command.ts';
import { peering as connection, id, OWN, table, vpc, writeAnswers } from './support/network.ts';

/** A rule that routes subnets, judged by a snapshot: the subnets of a peer may be in another Region's folder. */

const peering = commandOfFile();
const { inDirectory } = peering;

const subnet = (number: number, vpcNumber: number, cidr: string, tier?: string) => ({
  SubnetId: id('subnet', number),
  VpcId: id('vpc', vpcNumber),
  CidrBlock: cidr,
  Tags: tier === undefined ? [] : [{ Key: 'Tier', Value: tier }],
});

beforeEach(() => {
  rmSync(inDirectory('net'), { recursive: true, force: true });
  const between = connection(1, { number: 1 }, { number: 2, region: 'eu-west-1' });
  writeAnswers(inDirectory('net', 'accounts', OWN, 'us-east-1'), {
    VpcPeeringConnections: [between],
    RouteTables: [table(1, 1, [])],
    Vpcs: [vpc(1, 'a')],
  });
  writeAnswers(inDirectory('net', 'accounts', OWN, 'eu-west-1'), {
    VpcPeeringConnections: [between],
    RouteTables: [],
    Vpcs: [vpc(2, 'b')],
    Subnets: [
      subnet(1, 2, '10.2.1.0/24', 'shared'),
      subnet(2, 2, '10.2.2.0/24'),
      subnet(3, 7, '10.7.1.0/24', 'shared'),
    ],
  });
  writeFileSync(
    inDirectory('policy.yml'),
    'version: 1\nregions: [us-east-1]\nrules: [{ name: own, effect: accept, remote: { accounts: [self] }, routes: { destinations: { subnetTags: { Tier: shared } } } }]\n',
  );
});

async function plan() {
  const { stdout } = await peering.run(['plan', '--snapshot', 'net', '--policy', 'policy.yml', '--json']);
  return valid('plan', stdout) as {
    changes: { destination: string }[];
    notJudged: { resource: string }[];
    warnings: string[];
  };
}

it('plan creates routes to the subnets with the tags, also where their Region is not managed', async () => {
  const { changes, notJudged } = await plan();
  expect(changes.map(({ destination }) => destination)).toEqual(['10.2.1.0/24']);
  expect(notJudged).toEqual([]);
});

it('plan says what it does not know where the snapshot has no subnets of that Region', async () => {
  rmSync(inDirectory('net', 'accounts', OWN, 'eu-west-1', 'Subnets.json'));
  const { changes, notJudged, warnings } = await plan();
  expect(changes).toEqual([]);
  expect(notJudged).toMatchObject([{ resource: id('pcx', 1) }]);
  expect(warnings.join()).toContain('Subnets.json of eu-west-1 is missing');
});
