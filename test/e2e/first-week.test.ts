import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { createLabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { type Example, requestedExample } from '../../local/tutorial/example.ts';
import { type BuiltCommand, builtCommand } from '../cli/support/command.ts';
import { playPage } from '../support/played-page.ts';
import { comparable } from '../support/shown-output.ts';

/**
 * docs/first-week.md, from top to bottom: its policy, its commands, its deployments. What it shows has to be what the
 * commands print, but for ids and times. `UPDATE_DOCS=1` writes the real output into the page instead.
 */

const REGION = 'us-east-1';
const PAGE = join(__dirname, '../../docs/first-week.md');
/** Headings at which the page tells to deploy, and the mode that is then in the policy. */
const DEPLOYMENTS: Readonly<Record<string, 'observe' | 'enforce'>> = {
  Tuesday: 'observe',
  Thursday: 'enforce',
};

let lab: Lab;
let command: BuiltCommand;
let example: Example;

beforeAll(async () => {
  command = await builtCommand();
  lab = await startLab({ progress: () => undefined });
  Object.assign(process.env, lab.env);
  example = await requestedExample(new EC2Client({ endpoint: lab.url, region: REGION }));
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

async function deploy(mode: 'observe' | 'enforce', policy: string): Promise<void> {
  const policyFile = join(command.directory, 'peering-policy.yml');
  writeFileSync(policyFile, policy.replace('mode: observe', `mode: ${mode}`));
  await lab.deploy({ policyFile, region: REGION });
  const control = createLabControl(lab.url);
  await control.fire('sweep');
  await control.idle();
}

it('the page shows what the commands print', async () => {
  const [, policy = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? [];
  writeFileSync(join(command.directory, 'peering-policy.yml'), policy);
  const { shown, printed } = await playPage({
    file: PAGE,
    before: async (day) => {
      const mode = DEPLOYMENTS[day];
      if (mode !== undefined) await deploy(mode, policy);
    },
    real: (line) => line.replace(/\bi-[0-9a-f]{17}\b/, example.server1.instanceId),
    run: (args, environment) => command.runAlone(args, { env: { ...lab.env, ...environment } }),
    // What doctor says of a local AWS without a trail.
    alsoExits: (line) => (line === 'doctor' ? [1] : []),
    comparable,
  });
  expect(shown).toEqual(printed);
  if (process.env.UPDATE_DOCS !== '1') {
    expect(Object.keys(shown).length).toBeGreaterThan(8);
  }
});
