import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallCount } from '../../lab/calls.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { createLabControl, type LabControl } from '../../lab/tutorial/control.ts';
import { type BuiltCommand, builtCommand } from '../cli/support/command.ts';
import { type AwsCli, awsCliAs } from '../support/aws-cli.ts';
import { eventually, type LabAccount, labAccount } from '../support/lab-account.ts';
import { leadOf, ledDuring } from '../support/leads.ts';
import { playPage } from '../support/played-page.ts';
import { comparable } from '../support/shown-output.ts';
import { type TableResource, type Terraform, terraform } from '../support/terraform-calls.ts';

/**
 * The deployed stack beside tables and peerings that Terraform keeps: docs/infrastructure-as-code.md from top to bottom, then what
 * it says beyond what it shows. `UPDATE_DOCS=1` writes the real output into the page instead.
 */

const REGION = 'us-east-1';
const PAGE = join(__dirname, '../../docs/infrastructure-as-code.md');
const ROLE = 'arn:aws:iam::123456789012:role/terraform';
const ROUTES_TAG = 'peering-autopilot:routes';
const OF_THE_PRODUCT = ['decision', 'rule', 'decided-at', 'routes-synced-at'].map(
  (name) => `peering-autopilot:${name}`,
);

let lab: Lab;
let control: LabControl;
let command: BuiltCommand;
let own: LabAccount;
let aws: AwsCli;
/** With `ignore_tags { keys }` as the page says, and without. */
let tool: Terraform;
let toolWithoutIgnoredTags: Terraform;

interface Network {
  readonly app: TableResource & { readonly cidr: string };
  readonly shared: TableResource & { readonly cidr: string };
  readonly gateway: string;
  readonly pcx: string;
  /** Of the peering, in the configuration. */
  readonly tags: Readonly<Record<string, string>>;
}

async function createVpc(name: string, cidr: string): Promise<string> {
  return aws(
    `ec2 create-vpc --cidr-block ${cidr} --tag-specifications ResourceType=vpc,Tags=[{Key=Name,Value=${name}}] --query Vpc.VpcId`,
  );
}

async function createTable(vpcId: string, name: string): Promise<string> {
  return aws(
    `ec2 create-route-table --vpc-id ${vpcId} --tag-specifications ResourceType=route-table,Tags=[{Key=Name,Value=${name}}] --query RouteTable.RouteTableId`,
  );
}

/**
 * Two VPCs, one table each with inline routes, and a peering, all made by Terraform.
 *
 * @param first of their blocks, for which a rule of the page's policy says who accepts.
 */
async function createNetwork(
  first: { readonly block: string; readonly accepts: 'terraform' | 'product' },
  names: readonly [string, string] = [`app-${first.block}`, `shared-${first.block}`],
): Promise<Network> {
  const [a = 0, b = 0] = first.block.split('.').map(Number);
  const cidrs = [`${a}.${b}.0.0/16`, `${a}.${b + 1}.0.0/16`] as const;
  const [appVpc, sharedVpc] = [await createVpc(names[0], cidrs[0]), await createVpc(names[1], cidrs[1])];
  const gateway = await aws('ec2 create-internet-gateway --query InternetGateway.InternetGatewayId');
  await aws(`ec2 attach-internet-gateway --internet-gateway-id ${gateway} --vpc-id ${appVpc}`);
  const peering = { vpcId: appVpc, peerVpcId: sharedVpc, tags: peeringTags(names) };
  const pcx = await tool.createPeering(
    first.accepts === 'terraform' ? { ...peering, autoAccept: true } : peering,
  );
  await eventually('an active peering', async () =>
    (await own.peering(pcx))?.Status?.Code === 'active' ? true : undefined,
  );
  const app = {
    id: await createTable(appVpc, names[0]),
    cidr: cidrs[0],
    route: { '0.0.0.0/0': gateway, [cidrs[1]]: pcx },
    tags: { Name: names[0] },
  };
  const shared = {
    id: await createTable(sharedVpc, names[1]),
    cidr: cidrs[1],
    route: { [cidrs[0]]: pcx },
    tags: { Name: names[1] },
  };
  for (const table of [app, shared]) await tool.apply(await tool.planTable(table));
  return { app, shared, gateway, pcx, tags: peering.tags };
}

function peeringTags([app, shared]: readonly [string, string]): Readonly<Record<string, string>> {
  return { Name: `${app}-${shared}`, team: 'platform' };
}

const tagged = (table: TableResource, value = '*'): TableResource => ({
  ...table,
  tags: { ...table.tags, [ROUTES_TAG]: value },
});

/** As a configuration without a `route` block: `aws_route` has the default route. */
function withoutRoutes({ id, tags }: TableResource): TableResource {
  return { id, tags };
}

async function apply(table: TableResource, by: Terraform = tool): Promise<readonly string[]> {
  const lines = await by.planTable(table);
  await by.apply(lines);
  await control.idle();
  return lines;
}

async function sweep(): Promise<void> {
  await control.fire('sweep');
  await control.idle();
}

async function hourPasses(): Promise<void> {
  await fetch(`${lab.url}/_lab/clock`, { method: 'POST', body: JSON.stringify({ advanceSeconds: 3601 }) });
  await sweep();
}

async function messagesOf(...words: readonly string[]): Promise<string[]> {
  return (await control.notifications())
    .map(({ subject, message }) => `${subject}\n${message}`)
    .filter((text) => words.every((word) => text.includes(word)));
}

/** One apply after the other with inline routes that the configuration has without the product's. */
async function fight(table: TableResource, destination: string, pcx: string): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await apply(table);
    await eventually(`the route to ${destination} again`, async () =>
      (await leadOf(own.ec2, table.id, destination)) === pcx ? true : undefined,
    );
    await control.idle();
  }
  await apply(table);
}

beforeAll(async () => {
  command = await builtCommand();
  lab = await startLab({ progress: () => undefined });
  Object.assign(process.env, lab.env);
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  aws = await awsCliAs(lab.env, ROLE, 'apply');
  tool = terraform(aws, { ignoredKeys: OF_THE_PRODUCT });
  toolWithoutIgnoredTags = terraform(aws, { ignoredKeys: [] });
});

afterAll(async () => {
  await lab?.stop();
  command?.remove();
});

describe('docs/infrastructure-as-code.md', () => {
  const scenes: Readonly<Record<string, (network: Network) => Promise<unknown>>> = {
    Give: async ({ app, shared }) => {
      for (const table of [app, shared]) await apply(tagged(withoutRoutes(table)));
      await sweep();
    },
    Fights: async ({ app, shared, gateway, pcx }) => {
      await fight({ ...tagged(app), route: { '0.0.0.0/0': gateway } }, shared.cidr, pcx);
    },
    Lost: async ({ app, shared }) => {
      await hourPasses();
      await apply(withoutRoutes(app));
      await apply(tagged(withoutRoutes(shared)));
    },
    Hand: async ({ app }) => {
      await apply(tagged(withoutRoutes(app)));
      await apply(tagged(withoutRoutes(app), 'none'));
    },
  };

  it('shows what the commands print', async () => {
    const network = await createNetwork({ block: '10.1', accepts: 'terraform' }, ['app', 'shared']);
    const [, policy = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? [];
    const policyFile = join(command.directory, 'peering-policy.yml');
    writeFileSync(policyFile, policy);
    await lab.deploy({ policyFile, region: REGION });
    await sweep();
    const { shown, printed } = await playPage({
      file: PAGE,
      before: async (heading) => {
        await scenes[heading]?.(network);
      },
      real: (line) => line.replace(/\bpcx-[0-9a-f]{17}\b/, network.pcx),
      run: (args, environment) => command.run(args, { env: { ...lab.env, ...environment } }),
      alsoExits: () => [],
      comparable,
    });
    expect(shown).toEqual(printed);
    if (process.env.UPDATE_DOCS !== '1') expect(Object.keys(shown).length).toBeGreaterThan(4);
  });
});

describe('a table with inline routes', () => {
  it('is fought for three rounds, then left to Terraform: told once, and not begun anew by any sweep', async () => {
    const { app, shared, gateway, pcx } = await createNetwork({ block: '10.21', accepts: 'product' });
    await apply(tagged(app));
    await fight({ ...tagged(app), route: { '0.0.0.0/0': gateway } }, shared.cidr, pcx);
    for (let again = 0; again < 3; again += 1) await sweep();
    expect(await leadOf(own.ec2, app.id, shared.cidr)).toBe(gateway);
    const [contested = '', ...more] = await messagesOf('1 contested', app.id);
    expect(more).toEqual([]);
    expect(contested).toContain(
      'Changed by: arn:aws:sts::123456789012:assumed-role/terraform/apply (DeleteRoute)',
    );
    const repaired = await messagesOf('1 missing', app.id, 'Being repaired');
    expect(repaired).toHaveLength(3);
    expect(await tool.planTable({ ...tagged(app), route: { '0.0.0.0/0': gateway } })).toEqual([]);
  });

  it('is tried again an hour later, and all is well once the blocks are gone', async () => {
    const { app, shared, gateway, pcx } = await createNetwork({ block: '10.25', accepts: 'product' });
    await apply(tagged(app));
    await fight({ ...tagged(app), route: { '0.0.0.0/0': gateway } }, shared.cidr, pcx);
    const config = tagged(withoutRoutes(app));
    await apply(config);
    expect(await leadOf(own.ec2, app.id, shared.cidr)).toBe(gateway);
    await hourPasses();
    expect(await leadOf(own.ec2, app.id, shared.cidr)).toBe(pcx);
    expect(await tool.planTable(config)).toEqual([]);
    expect(await messagesOf('1 contested', app.id)).toHaveLength(1);
  });

  it.each([
    [
      'and ignore_changes = [route]',
      31,
      (table: TableResource): TableResource => ({ ...table, ignoreChanges: ['route'] }),
    ],
    ['that go as one, with the route argument', 33, withoutRoutes],
  ])('%s lives with the product: no plan has anything to do', async (_, number, config) => {
    const { app, shared, gateway, pcx } = await createNetwork({ block: `10.${number}`, accepts: 'product' });
    const table = config(tagged({ ...app, route: { '0.0.0.0/0': gateway } }));
    const seen = await ledDuring(own.ec2, app.id, ['192.0.2.1', `10.${number + 1}.0.9`], async () => {
      await apply(table);
      expect(await apply(table)).toEqual([]);
      await sweep();
    });
    expect(seen).toEqual([[gateway], [pcx]]);
    expect(await messagesOf(app.id)).toEqual([]);
    await aws(`ec2 delete-route --route-table-id ${app.id} --destination-cidr-block ${shared.cidr}`);
    await eventually('the repair', async () =>
      (await leadOf(own.ec2, app.id, shared.cidr)) === pcx ? true : undefined,
    );
    expect(await tool.planTable(table)).toEqual([]);
  });
});

describe('aws_default_route_table', () => {
  it('takes all routes away as it is adopted; those of the product are repaired and told, those of nobody else are touched', async () => {
    const { app, shared, gateway, pcx } = await createNetwork({ block: '10.41', accepts: 'product' });
    await apply(tagged(withoutRoutes(app)));
    await tool.adoptDefaultTable({ ...app, route: { '0.0.0.0/0': gateway } });
    await eventually('the repair', async () =>
      (await leadOf(own.ec2, app.id, shared.cidr)) === pcx ? true : undefined,
    );
    await control.idle();
    expect(await messagesOf('missing', app.id, 'being repaired')).toHaveLength(1);
    expect(await leadOf(own.ec2, app.id, '192.0.2.1')).toBe(gateway);
  });
});

describe('a provider without ignore_tags', () => {
  it('takes the tags of the product off its peering: routes stay, nobody is told, and the tags come back', async () => {
    const { app, shared, pcx, tags } = await createNetwork({ block: '10.51', accepts: 'product' });
    for (const table of [app, shared]) await apply(tagged(withoutRoutes(table)));
    await sweep();
    expect(await tool.planPeeringTags(pcx, tags)).toEqual([]);
    const before = (await control.notifications()).length;
    const [lines = '', ...more] = await toolWithoutIgnoredTags.planPeeringTags(pcx, tags);
    expect(more).toEqual([]);
    expect(lines).toContain('delete-tags');
    const seen = await ledDuring(own.ec2, app.id, [`10.52.0.9`], async () => {
      await toolWithoutIgnoredTags.apply([lines]);
      await control.idle();
      await sweep();
    });
    expect(seen).toEqual([[pcx]]);
    expect(await toolWithoutIgnoredTags.planPeeringTags(pcx, tags)).toHaveLength(1);
    expect(await control.notifications()).toHaveLength(before);
  });
});

/** Routes that the product wrote or deleted, in whatever table, since the counts were reset. */
async function routeCallsOfTheProduct(): Promise<string[]> {
  const calls = (await (await fetch(`${lab.url}/_lab/calls`)).json()) as readonly CallCount[];
  return calls
    .filter(({ action, principal }) => /^(Create|Replace|Delete)Route$/.test(action) && principal !== ROLE)
    .map(({ action }) => action);
}

describe('a table that changes hands', () => {
  /** What is done to the table of the app, in order. Each is one apply of Terraform, or a look of the product. */
  const steps = (app: TableResource): readonly (readonly [string, () => Promise<unknown>])[] => [
    ['Terraform lets its routes go', () => apply(withoutRoutes(app))],
    ['Terraform tags the table', () => apply(tagged(withoutRoutes(app)))],
    ['the product looks', sweep],
    ['Terraform takes the routes into its state', () => apply(tagged(app))],
    ['Terraform tags the table none', () => apply(tagged(app, 'none'))],
    ['the product looks again', sweep],
    ['Terraform takes the tag off', () => apply(app)],
    ['the product looks once more', sweep],
  ];

  it('and back leads every address as before at any moment; the product writes no route, and says nothing', async () => {
    const { app, shared, gateway, pcx } = await createNetwork({ block: '10.61', accepts: 'product' });
    await control.idle();
    await fetch(`${lab.url}/_lab/calls`, { method: 'DELETE' });
    for (const [step, act] of steps(app)) {
      const seen = await ledDuring(own.ec2, app.id, ['10.62.0.1', '10.62.255.254', '192.0.2.1'], act);
      expect([step, ...seen]).toEqual([step, [pcx], [pcx], [gateway]]);
    }
    expect(await routeCallsOfTheProduct()).toEqual([]);
    expect(await messagesOf(app.id)).toEqual([]);
    await apply({ ...app, route: { '0.0.0.0/0': gateway } });
    await sweep();
    expect(await leadOf(own.ec2, app.id, shared.cidr)).toBe(gateway);
    expect(await messagesOf(app.id)).toEqual([]);
  });

  it('keeps its route while its tag is lost, which is told once; nothing is lost when the tag is back', async () => {
    const { app, shared, pcx } = await createNetwork({ block: '10.65', accepts: 'product' });
    await apply(tagged(withoutRoutes(app)));
    const seen = await ledDuring(own.ec2, app.id, [shared.cidr.replace('/16', '')], async () => {
      await apply(withoutRoutes(app));
      await sweep();
      await sweep();
      await apply(tagged(withoutRoutes(app)));
      await sweep();
    });
    expect(seen).toEqual([[pcx]]);
    expect(await messagesOf('untagged', app.id)).toHaveLength(1);
  });
});

describe('a peering', () => {
  it('that Terraform accepts is told with its role, routed by the rule, and no plan has anything to do', async () => {
    const { app, shared, pcx, tags } = await createNetwork({ block: '172.16', accepts: 'terraform' });
    for (const table of [app, shared]) await apply(tagged(withoutRoutes(table)));
    await sweep();
    const told = await messagesOf(`${pcx} accepted by hand`);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('assumed-role/terraform/apply');
    expect(await tool.planPeeringTags(pcx, tags)).toEqual([]);
    await aws(`ec2 delete-route --route-table-id ${app.id} --destination-cidr-block ${shared.cidr}`);
    await eventually('the repair', async () =>
      (await leadOf(own.ec2, app.id, shared.cidr)) === pcx ? true : undefined,
    );
  });

  it('that the product accepted is nothing for an accepter of Terraform to do', async () => {
    const { pcx, tags } = await createNetwork({ block: '10.71', accepts: 'product' });
    await control.idle();
    expect(await tool.createAccepter(pcx)).toBe('was accepted');
    expect(await tool.planPeeringTags(pcx, tags)).toEqual([]);
    expect(await messagesOf(`${pcx} accepted by hand`)).toEqual([]);
  });

  it('that Terraform destroys takes the routes of tagged tables with it, and leaves those that were handed back', async () => {
    const { app, shared, gateway, pcx } = await createNetwork({ block: '10.75', accepts: 'product' });
    await apply(tagged(withoutRoutes(app)));
    await apply(tagged(withoutRoutes(shared), 'none'));
    await aws(`ec2 delete-vpc-peering-connection --vpc-peering-connection-id ${pcx}`);
    await eventually('the end of the route', async () =>
      (await leadOf(own.ec2, app.id, shared.cidr)) === gateway ? true : undefined,
    );
    await sweep();
    expect(await leadOf(own.ec2, shared.id, app.cidr)).toBe('dropped');
    expect(await messagesOf(shared.id)).toEqual([]);
  });
});
