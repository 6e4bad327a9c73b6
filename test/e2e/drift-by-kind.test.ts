import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  AcceptVpcPeeringConnectionCommand,
  AssociateVpcCidrBlockCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  CreateTransitGatewayCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { parseCidr } from '../../lib/network/cidr.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { eventually, type LabAccount, type LabVpc, labAccount } from '../support/lab-account.ts';

/** Kinds of drift that the product cannot or must not repair, and how its alarms come and go, in the deployed stack. */

const REGION = 'us-east-1';
const OWN = '123456789012';
const REJECTED = '444444444444';
/** No rule of drift.yml matches it. */
const STRANGER = '555555555555';

let lab: Lab;
let control: LabControl;
let own: LabAccount;
let nextBlock = 99;

function block(): string {
  nextBlock += 1;
  return `10.${nextBlock}.0.0/16`;
}

async function alarms(): Promise<string[]> {
  await control.evaluateAlarms();
  const cloudwatch = new CloudWatchClient({
    endpoint: lab.url,
    region: REGION,
    credentials: own.credentials,
  });
  const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
  return (MetricAlarms ?? []).map(({ AlarmName }) => AlarmName?.split('-').at(-1) ?? '');
}

async function alarmed(name: string): Promise<void> {
  await eventually(`alarm ${name}`, async () => ((await alarms()).includes(name) ? true : undefined));
}

async function told(...words: readonly string[]): Promise<string> {
  const { subject, message } = await eventually(`a message about ${words.join(', ')}`, async () =>
    (await control.notifications()).find((each) =>
      words.every((word) => `${each.subject}\n${each.message}`.includes(word)),
    ),
  );
  return `${subject}\n${message}`;
}

async function routed(vpc: LabVpc, expected: readonly string[]): Promise<void> {
  await eventually(`routes ${expected.join(', ') || '(none)'} in ${vpc.tableId}`, async () =>
    JSON.stringify((await own.peeringRoutes(vpc.tableId)).sort()) === JSON.stringify([...expected].sort())
      ? true
      : undefined,
  );
}

async function targetOf(vpc: LabVpc, destination: string): Promise<string | undefined> {
  const { RouteTables } = await own.ec2.send(
    new DescribeRouteTablesCommand({ RouteTableIds: [vpc.tableId] }),
  );
  const found = RouteTables?.[0]?.Routes?.find((each) => each.DestinationCidrBlock === destination);
  return found?.VpcPeeringConnectionId ?? found?.GatewayId;
}

async function internetGateway({ vpcId }: LabVpc): Promise<string> {
  const { InternetGateway } = await own.ec2.send(new CreateInternetGatewayCommand({}));
  const id = InternetGateway?.InternetGatewayId ?? '';
  await own.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
  return id;
}

async function peered(): Promise<{ a: LabVpc; b: LabVpc; pcx: string }> {
  const a = await own.createVpc(block());
  const b = await own.createVpc(block());
  const pcx = await own.request(a, b);
  await routed(a, [`${b.cidr} -> ${pcx} active`]);
  await routed(b, [`${a.cidr} -> ${pcx} active`]);
  await control.idle();
  return { a, b, pcx };
}

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  await lab.deploy({ policyFile: join(__dirname, 'drift.yml'), region: REGION });
});

afterAll(async () => {
  await lab?.stop();
});

describe('a route of somebody else', () => {
  it('in the place of ours is a conflict: told, alarmed, and never overwritten', async () => {
    const { a, b } = await peered();
    const gateway = await internetGateway(a);
    await own.ec2.send(
      new ReplaceRouteCommand({ RouteTableId: a.tableId, DestinationCidrBlock: b.cidr, GatewayId: gateway }),
    );
    const message = await told('conflict', a.tableId, b.cidr);
    expect(message).toContain(gateway);
    expect(message).toContain('ReplaceRoute');
    await control.fire('sweep');
    await control.idle();
    expect(await targetOf(a, b.cidr)).toBe(gateway);
    await alarmed('RouteDriftUnrepaired');
  });

  it('that takes a part of ours elsewhere is told, and stays', async () => {
    const { a, b, pcx } = await peered();
    const part = b.cidr.replace('0.0/16', '7.0/24');
    const gateway = await internetGateway(a);
    await own.ec2.send(
      new CreateRouteCommand({ RouteTableId: a.tableId, DestinationCidrBlock: part, GatewayId: gateway }),
    );
    await told('shadowed', a.tableId, part);
    await control.idle();
    expect(await targetOf(a, part)).toBe(gateway);
    expect(await targetOf(a, b.cidr)).toBe(pcx);
    await alarmed('RouteDriftUnrepaired');
  });
});

describe('a network that was there before', () => {
  it('is left as it is when its table opts in: a part of the peer by hand, the rest by a transit gateway', async () => {
    const a = await own.createVpc(block());
    const b = await own.createVpc(block());
    const tagged = [{ Key: 'peering-autopilot:routes', Value: '*' }];
    for (const { tableId } of [a, b]) {
      await own.ec2.send(
        new DeleteTagsCommand({ Resources: [tableId], Tags: [{ Key: 'peering-autopilot:routes' }] }),
      );
    }
    const pcx = await own.request(a, b);
    await told(pcx, 'accepted');
    await control.idle();
    const { TransitGateway } = await own.ec2.send(new CreateTransitGatewayCommand({}));
    const gateway = TransitGateway?.TransitGatewayId ?? '';
    const part = b.cidr.replace('0.0/16', '3.0/24');
    const toPart = { DestinationCidrBlock: part, VpcPeeringConnectionId: pcx };
    const toAll = { DestinationCidrBlock: b.cidr, TransitGatewayId: gateway };
    for (const route of [toPart, toAll]) {
      await own.ec2.send(new CreateRouteCommand({ RouteTableId: a.tableId, ...route }));
    }
    await own.ec2.send(new CreateTagsCommand({ Resources: [a.tableId], Tags: tagged }));
    const message = await told('conflict', a.tableId, b.cidr);
    expect(message).not.toContain('Being repaired');
    await control.idle();
    await control.fire('sweep');
    await control.idle();
    const { RouteTables } = await own.ec2.send(
      new DescribeRouteTablesCommand({ RouteTableIds: [a.tableId] }),
    );
    const routes = RouteTables?.[0]?.Routes ?? [];
    expect(routes).toHaveLength(3);
    expect(routes).toContainEqual(expect.objectContaining(toPart));
    expect(routes).toContainEqual(expect.objectContaining(toAll));
    const conflicts = (await control.notifications()).filter(
      (each) => each.message.includes(a.tableId) && each.message.includes('conflict'),
    );
    expect(conflicts).toHaveLength(1);
  });

  it('keeps its memory when a tool removes our routes and our tags in one run', async () => {
    const { a, b, pcx } = await peered();
    const { VpcPeeringConnections } = await own.ec2.send(
      new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [pcx] }),
    );
    const tags = (VpcPeeringConnections?.[0]?.Tags ?? []).map(({ Key }) => ({ Key }));
    await own.ec2.send(new DeleteTagsCommand({ Resources: [pcx], Tags: tags }));
    await own.ec2.send(new DeleteRouteCommand({ RouteTableId: a.tableId, DestinationCidrBlock: b.cidr }));
    await told('missing', a.tableId, b.cidr);
    await routed(a, [`${b.cidr} -> ${pcx} active`]);
  });
});

describe('a request that a person accepts', () => {
  it('although no rule matches it is told at once, with who did it and the rule that would route it', async () => {
    const other = await labAccount({ endpoint: lab.url, region: REGION, accountId: STRANGER });
    const from = await other.createVpc(block());
    const to = await own.createVpc(block());
    const pcx = await other.request(from, to, { accountId: OWN });
    await control.fire('sweep');
    await told(pcx, 'held', 'nothing is routed');
    await control.idle();
    await own.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
    const message = await told(`VPC peering ${pcx} accepted by hand`);
    expect(message).toContain('No rule matches');
    expect(message).toContain('effect: accept');
    await control.idle();
    await control.fire('sweep');
    await control.idle();
    expect(await own.peeringRoutes(to.tableId)).toEqual([]);
    const told2 = (await control.notifications()).filter(({ subject }) =>
      subject.includes('accepted by hand'),
    );
    expect(told2).toHaveLength(1);
  });
});

describe('a repair that something keeps undoing', () => {
  it('is given up after three rounds, and said to be contested', async () => {
    const { a, b, pcx } = await peered();
    const undo = () =>
      own.ec2.send(new DeleteRouteCommand({ RouteTableId: a.tableId, DestinationCidrBlock: b.cidr }));
    for (let round = 0; round < 3; round += 1) {
      await undo();
      await routed(a, [`${b.cidr} -> ${pcx} active`]);
      await control.idle();
    }
    await undo();
    await told('contested', a.tableId, b.cidr);
    await control.idle();
    await control.fire('sweep');
    await control.idle();
    expect(await targetOf(a, b.cidr)).toBeUndefined();
    await alarmed('RouteDriftUnrepaired');
  });
});

describe('a peering', () => {
  it('that a person accepted although a rule rejects it gets no route, and an alarm', async () => {
    const other = await labAccount({ endpoint: lab.url, region: REGION, accountId: REJECTED });
    const from = await other.createVpc(block());
    const to = await own.createVpc(block());
    const pcx = await other.request(from, to, { accountId: OWN });
    await own.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
    await control.fire('sweep');
    await told('active-but-not-allowed', pcx);
    await control.idle();
    expect(await own.peeringRoutes(to.tableId)).toEqual([]);
    await alarmed('RouteDriftUnrepaired');
  });

  it('that is deleted leaves a message about the routes that went with it', async () => {
    const { a, b, pcx } = await peered();
    await own.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
    await routed(a, []);
    await routed(b, []);
    await told(`VPC peering ${pcx} deleted`, 'are being removed');
    await control.idle();
    const { length } = (await control.notifications()).filter(
      ({ subject }) => subject.includes(pcx) && subject.includes('deleted'),
    );
    await control.fire('sweep');
    await control.idle();
    const messages = await control.notifications();
    expect(
      messages.filter(({ subject }) => subject.includes(pcx) && subject.includes('deleted')),
    ).toHaveLength(length);
    expect(messages.filter(({ message }) => message.includes('stale') && message.includes(pcx))).toEqual([]);
  });

  it('whose other side adds a CIDR that the rule does not allow keeps what works, and nothing more', async () => {
    const { a, b, pcx } = await peered();
    await own.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: b.vpcId, CidrBlock: '172.20.0.0/16' }));
    await control.idle();
    await control.fire('sweep');
    await control.idle();
    expect(await own.peeringRoutes(a.tableId)).toEqual([`${b.cidr} -> ${pcx} active`]);
    expect(await own.peeringRoutes(b.tableId)).toEqual([`${a.cidr} -> ${pcx} active`]);
  });

  it('with IPv6 is routed in both families, and repaired in both', async () => {
    const { a, b, pcx } = await peered();
    await own.ec2.send(
      new AssociateVpcCidrBlockCommand({ VpcId: b.vpcId, AmazonProvidedIpv6CidrBlock: true }),
    );
    const { Vpcs } = await own.ec2.send(new DescribeVpcsCommand({ VpcIds: [b.vpcId] }));
    // moto writes leading zeros, which routes are shown without.
    const ipv6 = parseCidr(Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? 'no block').text;
    const both = [`${b.cidr} -> ${pcx} active`, `${ipv6} -> ${pcx} active`];
    await routed(a, both);
    await control.idle();
    await own.ec2.send(new DeleteRouteCommand({ RouteTableId: a.tableId, DestinationIpv6CidrBlock: ipv6 }));
    await told('missing', a.tableId, ipv6);
    await routed(a, both);
  });
});

describe('a call that fails', () => {
  async function fault(parts: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`${lab.url}/_lab/faults`, {
      method: 'POST',
      body: JSON.stringify({ service: 'ec2', ...parts }),
    });
    expect(answer.status).toBe(200);
  }

  it('for now is tried again, and the peering is accepted and routed after all', async () => {
    const [a, b] = [await own.createVpc(block()), await own.createVpc(block())];
    // More often than the SDK tries by itself.
    await fault({ action: 'AcceptVpcPeeringConnection', kind: 'error500', times: 3 });
    const pcx = await own.request(a, b);
    await routed(a, [`${b.cidr} -> ${pcx} active`]);
    await routed(b, [`${a.cidr} -> ${pcx} active`]);
  });

  it('because it is denied is named with call, resource and reason, alarmed, and made up for by the next sweep', async () => {
    const [a, b] = [await own.createVpc(block()), await own.createVpc(block())];
    await fault({ action: 'CreateRoute', kind: 'denied', times: 1, match: a.tableId });
    const pcx = await own.request(a, b);
    await routed(b, [`${a.cidr} -> ${pcx} active`]);
    await control.idle();
    const logs = await (await fetch(`${lab.url}/_lab/logs?function=sync-routes`)).text();
    expect(logs).toContain(`CreateRoute of ${b.cidr} in ${a.tableId} (${REGION}) is not permitted`);
    await alarmed('PermanentFailures');
    await control.fire('sweep');
    await routed(a, [`${b.cidr} -> ${pcx} active`]);
  });
});

describe('a Region that AWS refuses to show', () => {
  it('is told once with the call, a request there is held for it, and both are made up for once it may be read', async () => {
    const [a, b] = [await own.createVpc(block()), await own.createVpc(block())];
    await control.idle();
    const fault = await fetch(`${lab.url}/_lab/faults`, {
      method: 'POST',
      body: JSON.stringify({
        service: 'ec2',
        action: 'DescribeRouteTables',
        kind: 'denied',
        times: 100_000,
        principal: 'vpc-peering-autopilot',
      }),
    });
    expect(fault.status).toBe(200);
    const pcx = await own.request(a, b);
    // Its mail may wait: of so many requests this file has had mails just now.
    await eventually(`${pcx} held`, async () => {
      const tags = (await own.peering(pcx))?.Tags ?? [];
      return tags.some(({ Key, Value }) => Key === 'peering-autopilot:decision' && Value === 'hold')
        ? true
        : undefined;
    });
    for (let round = 0; round < 2; round += 1) {
      await control.fire('sweep');
      await control.idle();
    }
    const subject = `AWS refuses DescribeRouteTables in ${OWN} (${REGION})`;
    const messages = await control.notifications();
    expect(messages.filter((each) => each.subject === subject)).toEqual([
      expect.objectContaining({ message: expect.stringContaining(`nothing in ${REGION} is looked at`) }),
    ]);
    expect((await own.peering(pcx))?.Status?.Code).toBe('pending-acceptance');
    await fetch(`${lab.url}/_lab/faults`, { method: 'DELETE' });
    await control.fire('sweep');
    await routed(a, [`${b.cidr} -> ${pcx} active`]);
    await routed(b, [`${a.cidr} -> ${pcx} active`]);
  });
});

describe('the alarms', () => {
  it('go back to OK by themselves once nothing was measured for an hour', async () => {
    const later = (advanceSeconds: number) =>
      fetch(`${lab.url}/_lab/clock`, { method: 'POST', body: JSON.stringify({ advanceSeconds }) });
    expect(await alarms()).toEqual(expect.arrayContaining(['RouteDriftUnrepaired']));
    await later(1800);
    expect(await alarms()).toEqual(expect.arrayContaining(['RouteDriftUnrepaired']));
    await later(2400);
    expect((await alarms()).filter((name) => /^Route/.test(name))).toEqual([]);
  });
});
