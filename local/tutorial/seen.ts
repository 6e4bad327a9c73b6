import type { EC2Client, Route } from '@aws-sdk/client-ec2';
import type { Credentials } from 'local-aws-peering';
import { priceClassOf } from '../../lib/connectivity/probes.ts';
import { type PingShown, ping, pingCommand } from './ping.ts';
import { priceLines } from './prices.ts';
import { expect, indented, peering, routeTo, type Tell, table, until } from './story.ts';
import { type Server, TAG_PREFIX, type TutorialVpc } from './world.ts';

/** What both stories look at, and tell of it. */

export interface Place {
  readonly endpoint: string;
  readonly region: string;
  readonly tell: Tell;
  /** Default: those of the environment. */
  readonly credentials?: Credentials;
}

export async function pingAndTell(
  { tell, ...place }: Place,
  from: Server,
  to: Pick<Server, 'address'>,
): Promise<PingShown> {
  tell(`  ${from.name}$ ${pingCommand(to.address)}`);
  const result = await ping({ ...place, instanceId: from.instanceId, target: to.address });
  for (const line of indented(result.output)) {
    tell(line);
  }
  return result;
}

/** @throws {Error} when a ping came through. */
export function nothingAnswered({ lossPercent }: PingShown): string {
  expect(lossPercent === 100, `Expected 100% packet loss and saw ${lossPercent}%.`);
  return '100% packet loss: no peering, no route.';
}

/** With what the traffic would cost in AWS. @throws {Error} when a ping was lost. */
export function allAnswered(
  { lossPercent, average }: PingShown,
  tell: Tell,
  ends: Parameters<typeof priceClassOf>,
): string {
  expect(lossPercent === 0, `Expected no packet loss and saw ${lossPercent}%.`);
  expect(average !== undefined, 'Expected round-trip times and saw none.');
  for (const line of priceLines(priceClassOf(...ends))) {
    tell(`  ${line}`);
  }
  return `0% packet loss, ${average} ms on average.`;
}

/** Its status once it is accepted. */
export function acceptance(ec2: EC2Client, peeringId: string): Promise<string> {
  return until(`the acceptance of ${peeringId}`, async () => {
    const code = (await peering(ec2, peeringId))?.Status?.Code;
    return code === 'active' || code === 'provisioning' ? code : undefined;
  });
}

type Tables = Pick<TutorialVpc, 'optedInTableId' | 'plainTableId'>;

/** Waits for the live route over the peering in the opted-in table. */
export function routed(
  ec2: EC2Client,
  { optedInTableId }: Tables,
  cidr: string,
  peeringId: string,
): Promise<Route> {
  return until(`an active route to ${cidr} in ${optedInTableId}`, async () => {
    const route = await routeTo(ec2, optedInTableId, cidr);
    return route?.VpcPeeringConnectionId === peeringId && route.State === 'active' ? route : undefined;
  });
}

/** Waits until the opted-in table has no route to it. */
export function unrouted(ec2: EC2Client, { optedInTableId }: Tables, cidr: string): Promise<true> {
  return until(`the removal of ${cidr} from ${optedInTableId}`, async () =>
    (await routeTo(ec2, optedInTableId, cidr)) === undefined ? true : undefined,
  );
}

/** @throws {Error} when the table that is not opted in has a route to a peering. */
export async function plainTableUntouched(ec2: EC2Client, { plainTableId }: Tables): Promise<void> {
  const { Routes = [] } = await table(ec2, plainTableId);
  expect(
    Routes.every(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === undefined),
    `${plainTableId} has no ${TAG_PREFIX}:routes tag and yet got a peering route.`,
  );
}
