import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CallCount, createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { type BuiltCommand, builtCommand } from '../cli/support/command.ts';
import { type AwsCli, awsCliAs } from '../support/aws-cli.ts';
import { eventually, type LabAccount, labAccount } from '../support/lab-account.ts';
import { leadOf, ledDuring } from '../support/leads.ts';
import { playPage } from '../support/played-page.ts';
import { comparable } from '../support/shown-output.ts';
import { type TableResource, type Terraform, terraform } from '../support/terraform-calls.ts';
import { createTerraformNetwork, type Network, tagged, withoutRoutes } from '../support/terraform-network.ts';

/**
 * The deployed stack beside tables and peerings that Terraform keeps: docs/infrastructure-as-code.md from top to bottom, then what
 * it says beyond what it shows. `UPDATE_DOCS=1` writes the real output into the page instead.
 */

const REGION = 'us-east-1';
const PAGE = join(__dirname, '../../docs/infrastructure-as-code.md');
const ROLE = 'arn:aws:iam::123456789012:role/terraform';
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

function createNetwork(
  first: Parameters<typeof createTerraformNetwork>[1],
  names?: readonly [string, string],
): Promise<Network> {
  return createTerraformNetwork({ aws, tool, own }, first, names);
}

async function apply(table: TableResource): Promise<readonly string[]> {
  const lines = await tool.planTable(table);
  await tool.apply(lines);
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
  aws?.end();
  await lab?.stop();
  await command?.remove();
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
  it('is fought for three rounds, then left alone for an hour and told once; without the blocks all is well then', async () => {
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
    const config = tagged(withoutRoutes(app));
    expect(await apply(config)).toEqual([]);
    expect(await leadOf(own.ec2, app.id, shared.cidr)).toBe(gateway);
    await hourPasses();
    expect(await leadOf(own.ec2, app.id, shared.cidr)).toBe(pcx);
    expect(await apply(config)).toEqual([]);
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
    const { stdout } = await command.run(['history', app.id], { env: lab.env });
    expect(stdout).toContain(
      `1 route in ${app.id} for ${pcx} is not the product's own any more: 10.62.0.0/16.`,
    );
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
