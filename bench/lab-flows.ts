import { join } from 'node:path';
import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { type CallCount, createLabControl, type LabControl } from 'local-aws-peering';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { type Lab, startLab } from '../local/lab.ts';
import { createWorld } from '../local/tutorial/world.ts';
import { readResultsAfter } from '../local/without-delay.ts';
import { eventually, type LabAccount, type LabVpc, labAccount } from '../test/support/lab-account.ts';

/** The flows of the deployed stack in the lab: how long the first one takes, and which calls each makes. */

const REGION = 'us-east-1';
/** The stack has no rules there, so that nothing but the script works on what the script makes. */
const SCRIPT_REGION = 'us-west-2';
const ROLE_NAME = /vpc-peering-autopilot/;

/** Calls of the product's own roles, `ec2:CreateRoute` → how often. Writing logs is Lambda's work, not counted; nor does the lab count how it empties queues. */
export type FlowCalls = Readonly<Record<string, number>>;

/** Milliseconds from sending the request on. */
export interface Timeline {
  readonly requested: number;
  readonly accepted: number;
  readonly routed: number;
}

export interface LabResult {
  readonly product: readonly Timeline[];
  readonly script: readonly Timeline[];
  readonly calls: Readonly<
    Record<'accept' | 'drift repair' | 'delete' | 'settled sweep' | 'check', FlowCalls>
  >;
}

interface Counted {
  all(): Promise<readonly CallCount[]>;
  reset(): Promise<void>;
}

function countedCalls(url: string): Counted {
  return {
    async all() {
      return (await (await fetch(`${url}/_lab/calls`)).json()) as CallCount[];
    },
    async reset() {
      await fetch(`${url}/_lab/calls`, { method: 'DELETE' });
    },
  };
}

function byOwnRoles(counts: readonly CallCount[]): FlowCalls {
  const calls: Record<string, number> = {};
  for (const { service, action, principal, count } of counts) {
    if (service !== 'logs' && ROLE_NAME.test(principal)) {
      const name = `${service}:${action}`;
      calls[name] = (calls[name] ?? 0) + count;
    }
  }
  return calls;
}

/** Longer than any flow takes. */
const PATIENCE_MS = 30_000;

/** Looks at the lab's counts until the product wrote both routes: no EC2 call that would slow it down. */
async function watch(counted: Counted, sentAt: number): Promise<Pick<Timeline, 'accepted' | 'routed'>> {
  let accepted: number | undefined;
  for (;;) {
    const calls = byOwnRoles(await counted.all());
    const now = performance.now() - sentAt;
    if (accepted === undefined && (calls['ec2:AcceptVpcPeeringConnection'] ?? 0) > 0) {
      accepted = now;
    }
    if ((calls['ec2:CreateRoute'] ?? 0) >= 2) {
      return { accepted: accepted ?? now, routed: now };
    }
    if (now > PATIENCE_MS) {
      throw new Error(`The stack did not write both routes within ${PATIENCE_MS / 1000} s.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** What someone who knows every id beforehand would write: three steps, the two routes at once. */
async function runScript(ec2: EC2Client, a: LabVpc, b: LabVpc): Promise<Timeline> {
  const start = performance.now();
  const { VpcPeeringConnection } = await ec2.send(
    new CreateVpcPeeringConnectionCommand({ VpcId: a.vpcId, PeerVpcId: b.vpcId }),
  );
  const requested = performance.now() - start;
  const VpcPeeringConnectionId = VpcPeeringConnection?.VpcPeeringConnectionId;
  await ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
  const accepted = performance.now() - start;
  await Promise.all(
    [
      { RouteTableId: a.tableId, DestinationCidrBlock: b.cidr },
      { RouteTableId: b.tableId, DestinationCidrBlock: a.cidr },
    ].map((route) => ec2.send(new CreateRouteCommand({ ...route, VpcPeeringConnectionId }))),
  );
  return { requested, accepted, routed: performance.now() - start };
}

interface Setting {
  readonly lab: Lab;
  readonly control: LabControl;
  readonly counted: Counted;
  readonly own: LabAccount;
  readonly script: LabAccount;
}

const TAGS = { Environment: 'lab' };

async function createPair(account: LabAccount, nth: number): Promise<{ a: LabVpc; b: LabVpc }> {
  return {
    a: await account.createVpc(`10.${10 + 2 * nth}.0.0/16`, TAGS),
    b: await account.createVpc(`10.${11 + 2 * nth}.0.0/16`, TAGS),
  };
}

async function runProduct(
  { lab, own, counted }: Setting,
  a: LabVpc,
  b: LabVpc,
): Promise<{ timeline: Timeline; peeringId: string }> {
  await lab.idle();
  await counted.reset();
  const start = performance.now();
  const watched = watch(counted, start);
  const peeringId = await own.request(a, b);
  const requested = performance.now() - start;
  const timeline = { requested, ...(await watched) };
  await lab.idle();
  for (const [vpc, other] of [
    [a, b],
    [b, a],
  ] as const) {
    // A route that is there turns active as soon as EC2 has done with the peering.
    await eventually(`the route to ${other.cidr} in ${vpc.tableId}`, async () =>
      (await own.peeringRoutes(vpc.tableId)).includes(`${other.cidr} -> ${peeringId} active`)
        ? true
        : undefined,
    );
  }
  return { timeline, peeringId };
}

async function measureFlows(setting: Setting, rounds: number): Promise<LabResult> {
  const { lab, control, counted, own, script } = setting;
  const calls: Record<string, FlowCalls> = {};
  const product: Timeline[] = [];
  const scripted: Timeline[] = [];
  let last: { a: LabVpc; b: LabVpc; peeringId: string } | undefined;
  // The first two warm the functions and the lab itself.
  for (let round = -2; round < rounds; round++) {
    const pair = await createPair(own, round + 2);
    const { timeline, peeringId } = await runProduct(setting, pair.a, pair.b);
    calls.accept = byOwnRoles(await counted.all());
    last = { ...pair, peeringId };
    const other = await createPair(script, round + 2);
    const byHand = await runScript(script.ec2, other.a, other.b);
    if (round >= 0) {
      product.push(timeline);
      scripted.push(byHand);
    }
  }
  if (last === undefined) {
    throw new Error('No round was run.');
  }

  const flow = async (name: string, act: () => Promise<unknown>) => {
    await lab.idle();
    await counted.reset();
    await act();
    await lab.idle();
    calls[name] = byOwnRoles(await counted.all());
  };
  const { a, b, peeringId } = last;
  await flow('drift repair', () =>
    own.ec2.send(new DeleteRouteCommand({ RouteTableId: a.tableId, DestinationCidrBlock: b.cidr })),
  );
  await flow('delete', () =>
    own.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId })),
  );
  // What the sweep after a deletion finds to tidy up is not part of a settled account.
  await flow('settled sweep', () => control.fire('sweep'));
  await flow('settled sweep', () => control.fire('sweep'));

  const world = await createWorld(own.ec2);
  const checked = await own.request(world.vpcA, world.vpcB);
  await lab.idle();
  // What is still provisioning is not checked.
  await eventually('the peering to check', async () =>
    (await own.peering(checked))?.Status?.Code === 'active' ? true : undefined,
  );
  // The first one notes that the targets were checked, and finds the version of the document.
  // One look at the results is enough where all pings have ended by then.
  await readResultsAfter(1, { endpoint: lab.url, region: REGION });
  const looks = async () => {
    const answer = await fetch(`${lab.url}/_lab/invocations?function=record-connectivity`);
    return ((await answer.json()) as readonly unknown[]).length;
  };
  const check = async () => {
    const before = await looks();
    await control.fire('check-connectivity');
    await eventually('the look at its results', async () => ((await looks()) > before ? true : undefined));
  };
  // And the second one, for which policy it was told that nothing is lost.
  await check();
  await flow('check', check);
  await flow('check', check);
  return { product, script: scripted, calls: calls as LabResult['calls'] };
}

/** @param rounds how often both are timed, by turns. */
export async function measureLab({ rounds }: { readonly rounds: number }): Promise<LabResult> {
  const lab = await startLab({ progress: () => undefined });
  // The SDK clients of this process talk to the lab with its credentials.
  const before = { ...process.env };
  Object.assign(process.env, lab.env);
  try {
    await lab.deploy({ policyFile: join(PROJECT_ROOT, 'local/tutorial/policy.yml'), region: REGION });
    return await measureFlows(
      {
        lab,
        control: createLabControl(lab.url),
        counted: countedCalls(lab.url),
        own: await labAccount({ endpoint: lab.url, region: REGION }),
        script: await labAccount({ endpoint: lab.url, region: SCRIPT_REGION }),
      },
      rounds,
    );
  } finally {
    process.env = before;
    await lab.stop();
  }
}
