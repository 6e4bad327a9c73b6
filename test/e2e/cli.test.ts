import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTagsCommand, DeleteRouteCommand, DeleteTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createLabControl, type LabControl } from 'local-aws-peering';
import type { PlanFile } from '../../cli/plan-file/content.ts';
import { queuePolls } from '../../live/checks/queue-polls.ts';
import { createInterruption } from '../../live/interruption.ts';
import type { Outcome } from '../../live/outcome.ts';
import { runChecks } from '../../live/run.ts';
import { openSession } from '../../live/session.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { createWorld, type World } from '../../local/tutorial/world.ts';
import { createAnswers } from '../../proof/judges/answers.ts';
import { compareWithBotocore, judgeResultOf } from '../../proof/judges/botocore.ts';
import { type BuiltCommand, builtCommand, type Ended, valid } from '../cli/support/command.ts';
import { type LabAccount, labAccount, tagOf } from '../support/lab-account.ts';

/**
 * The command on the running lab: what it plans and applies before the stack is there, then beside the stack. One lab
 * for all, in order, because it takes half a minute to start.
 */

const REGION = 'us-east-1';
const POLICY = join(__dirname, '../../local/tutorial/policy.yml');

const answers = createAnswers();
let lab: Lab;
let control: LabControl;
let world: World;
let own: LabAccount;
let command: BuiltCommand;
let pcx: string;

function peering(...args: readonly string[]): Promise<Ended> {
  return command.run(args, { env: lab.env });
}

beforeAll(async () => {
  command = await builtCommand();
  writeFileSync(join(command.directory, 'peering-policy.yml'), readFileSync(POLICY));
  lab = await startLab({ progress: () => undefined, watch: answers.watch });
  Object.assign(process.env, lab.env);
  control = createLabControl(lab.url);
  world = await createWorld(new EC2Client({ endpoint: lab.url, region: REGION }));
  own = await labAccount({ endpoint: lab.url, region: REGION });
  pcx = await own.request(world.vpcA, world.vpcB);
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

interface Plan {
  readonly decisions: readonly { peeringId: string; decision: string; rule: string | null; status: string }[];
  readonly changes: readonly { routeTableId: string; destination: string; after: string | null }[];
}

describe('before the stack is deployed', () => {
  it('plan shows the request that would be accepted and the routes that follow', async () => {
    const { code, stdout, stderr } = await peering('plan', '--json');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^note: No stack of stage prod was found in us-east-1 of account \d+, .*\n$/),
    ]);
    const plan = valid('plan', stdout) as Plan;
    expect(plan.decisions.filter(({ peeringId }) => peeringId === pcx)).toMatchObject([
      { decision: 'accept', rule: 'lab-vpcs', status: 'pending-acceptance' },
      { decision: 'accept', rule: 'lab-vpcs', status: 'pending-acceptance' },
    ]);
    expect(
      plan.changes.map(({ routeTableId, destination, after }) => [routeTableId, destination, after]).sort(),
    ).toEqual(
      [
        [world.vpcA.optedInTableId, world.vpcB.cidr, pcx],
        [world.vpcB.optedInTableId, world.vpcA.cidr, pcx],
      ].sort(),
    );
  });

  it.each(['plan --json', 'doctor', 'ping'])(
    'a process of its own answers %s as the kept one does, and ends',
    async (line) => {
      const args = line.split(' ');
      expect(await command.runAlone(args, { env: lab.env })).toEqual(await peering(...args));
    },
  );

  it('snapshot saves what plan and explain read, and they say the same of it', async () => {
    const saved = await peering('snapshot', '--out', 'saved', '--json');
    expect(saved).toMatchObject({ code: 0 });
    const { files } = valid('snapshot', saved.stdout) as { files: { path: string; items: number }[] };
    expect(files).toHaveLength(8);
    expect(existsSync(join(command.directory, 'saved/accounts/123456789012', REGION, 'Vpcs.json'))).toBe(
      true,
    );
    const { code, stdout } = await peering('plan', '--json');
    // No credentials, no endpoint: only the files.
    const offline = await command.run(['plan', '--json', '--snapshot', 'saved']);
    expect(offline).toEqual({ code, stdout, stderr: '' });
    const question = ['explain', world.server1.instanceId, world.server2.address, '--json'];
    const explained = await peering(...question);
    expect(explained.code).toBe(2);
    expect(valid('explain', explained.stdout)).toMatchObject({ reachable: false });
    expect(await command.run([...question, '--snapshot', 'saved'])).toEqual(explained);
  });

  it('policy explain says why a peering of the account would be accepted', async () => {
    const { code, stdout } = await peering(
      'policy',
      'explain',
      '--peering',
      pcx,
      '--expect',
      'accept',
      '--json',
    );
    expect(code).toBe(0);
    expect(valid('policy-explain', stdout)).toMatchObject({
      decision: 'accept',
      rule: 'lab-vpcs',
      assumed: [],
    });
  });

  it('doctor fails for the stack and the trail that are not there, with the remedy', async () => {
    const { code, stdout } = await peering('doctor', '--json');
    expect(code).toBe(1);
    const { checks } = valid('doctor', stdout) as {
      checks: { area: string; result: string; remedy: string | null }[];
    };
    expect(checks.find(({ area }) => area === 'stack')).toMatchObject({
      result: 'fail',
      remedy: expect.stringContaining('peering deploy'),
    });
    expect(checks.find(({ area }) => area === 'tables')).toMatchObject({ result: 'pass' });
  });

  it('ping says that the stack is missing', async () => {
    const { code, stderr } = await peering('ping');
    expect(code).toBe(1);
    expect(stderr).toContain('peering deploy');
  });

  it('apply asks for --yes where there is nobody to ask, and changes nothing', async () => {
    const { code, stderr } = await peering('apply');
    expect(code).toBe(1);
    expect(stderr).toContain('add --yes');
    expect((await own.peering(pcx))?.Status?.Code).toBe('pending-acceptance');
  });

  it('apply on a terminal shows the plan, asks, and takes anything but yes as no', async () => {
    const child = spawn(
      'script',
      ['-qec', `'${process.execPath}' '${join(command.directory, 'cli/peering.mjs')}' apply`, '/dev/null'],
      { cwd: command.directory, env: { ...process.env, ...lab.env } },
    );
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      if (seen.includes('Carry this out?') && child.stdin.writable) child.stdin.end('no\n');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(seen).toContain('To do: 1 request to accept, 2 routes to create.');
    expect(seen).toContain('Nothing was changed.');
    expect(code).toBe(1);
    expect((await own.peering(pcx))?.Status?.Code).toBe('pending-acceptance');
  });

  it('apply writes nothing under mode: observe', async () => {
    writeFileSync(
      join(command.directory, 'observe.yml'),
      readFileSync(POLICY, 'utf8').replace('enforce', 'observe'),
    );
    const { code, stderr } = await peering('apply', '--yes', '--policy', 'observe.yml');
    expect(code).toBe(1);
    expect(stderr).toContain('mode: observe');
    expect((await own.peering(pcx))?.Status?.Code).toBe('pending-acceptance');
  });

  describe('apply FILE', () => {
    const inDirectory = (name: string) => join(command.directory, name);
    const untouched = async () => {
      expect((await own.peering(pcx))?.Status?.Code).toBe('pending-acceptance');
      expect(await own.peeringRoutes(world.vpcA.optedInTableId)).toEqual([]);
    };
    const optIn = {
      Resources: [''],
      Tags: [{ Key: 'peering-autopilot:routes', Value: '*' }],
    };
    const refused = async (name: string, ...args: readonly string[]) => {
      const { code, stdout } = await peering('apply', name, '--yes', '--json', ...args);
      const document = valid('apply', stdout) as {
        applied: boolean;
        differences: { kind: string; says: string }[];
      };
      expect([code, document.applied]).toEqual([2, false]);
      await untouched();
      return document.differences;
    };
    const written = (name: string, change: (plan: PlanFile) => object) => {
      const plan = JSON.parse(readFileSync(inDirectory('wanted.json'), 'utf8')) as PlanFile;
      writeFileSync(inDirectory(name), JSON.stringify(change(plan)));
    };

    beforeAll(async () => {
      optIn.Resources = [world.vpcB.optedInTableId];
      expect((await peering('plan', '--out', 'wanted.json')).code).toBe(2);
    });

    it('does nothing that a file asks for beyond what is decided, and says that it is gone', async () => {
      written('more.json', (plan) => ({
        ...plan,
        changes: [
          ...plan.changes,
          ...plan.changes.map((change) => ({ ...change, routeTableId: world.vpcA.plainTableId })).slice(0, 1),
        ],
      }));
      expect(await refused('more.json')).toEqual([
        { kind: 'gone', says: expect.stringContaining(world.vpcA.plainTableId) },
      ]);
    });

    it('does nothing of a file of another account, or another policy', async () => {
      written('foreign.json', (plan) => ({ ...plan, accountId: '222222222222' }));
      const foreign = await peering('apply', 'foreign.json', '--yes');
      expect([foreign.code, foreign.stderr]).toEqual([
        1,
        expect.stringContaining('are those of account 123456789012, not of 222222222222'),
      ]);
      writeFileSync(
        inDirectory('stricter.yml'),
        `${readFileSync(POLICY, 'utf8')}  - { name: nobody, effect: reject, remote: { cidrs: [192.0.2.0/24] } }\n`,
      );
      expect(await refused('wanted.json', '--policy', 'stricter.yml')).toEqual([
        { kind: 'differs', says: expect.stringMatching(/^the policy: fingerprint \w+, was \w+$/) },
      ]);
    });

    it('says what has changed since, line by line, and does nothing', async () => {
      await own.ec2.send(new DeleteTagsCommand(optIn));
      const { code, stdout, stderr } = await peering('apply', 'wanted.json', '--yes');
      await own.ec2.send(new CreateTagsCommand(optIn));
      expect(code).toBe(2);
      expect(stderr).toMatch(/^note: wanted\.json was made \d+ minutes? ago, by peering \d/m);
      expect(stdout).toContain('Changed since the plan was made (1)');
      expect(stdout).toContain(
        `- gone    ${world.vpcA.cidr} in ${world.vpcB.optedInTableId} (${REGION}): action create`,
      );
      await untouched();
    });

    it('compares again after the answer, which may have taken its time', async () => {
      const line = `'${process.execPath}' '${inDirectory('cli/peering.mjs')}' apply wanted.json`;
      const child = spawn('script', ['-qec', line, '/dev/null'], {
        cwd: command.directory,
        env: { ...process.env, ...lab.env },
      });
      let seen = '';
      let asked = false;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        seen += text;
        if (seen.includes('Carry this out?') && !asked) {
          asked = true;
          void own.ec2.send(new DeleteTagsCommand(optIn)).then(() => child.stdin.end('yes\n'));
        }
      });
      const code = await new Promise((resolve) => child.on('close', resolve));
      await own.ec2.send(new CreateTagsCommand(optIn));
      expect(seen).toContain('To do: 1 request to accept, 2 routes to create.');
      expect(seen).toContain('Changed since the plan was made (1)');
      expect(code).toBe(2);
      await untouched();
    });
  });

  it('apply FILE --yes accepts, routes and tags; then plan is empty, and the file holds no more', async () => {
    const { code, stdout, stderr } = await peering('apply', 'wanted.json', '--yes', '--json');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^note: No stack [^\n]*\nnote: wanted\.json was made [^\n]*\n$/),
    ]);
    expect(valid('apply', stdout)).toMatchObject({
      applied: true,
      differences: [],
      requests: [{ peeringId: pcx, result: 'accepted', decision: 'accept' }],
      changes: [{ outcome: 'written' }, { outcome: 'written' }],
      left: [],
    });
    expect(await own.peeringRoutes(world.vpcA.optedInTableId)).toEqual([
      `${world.vpcB.cidr} -> ${pcx} active`,
    ]);
    expect(tagOf(await own.peering(pcx), 'rule')).toBe('lab-vpcs');
    const after = await peering('plan', '--json');
    expect(after).toMatchObject({ code: 0 });
    expect(valid('plan', after.stdout)).toMatchObject({ changes: [], findings: [], peeringOptions: [] });
    expect((await peering('apply', '--yes')).stdout).toContain('Nothing to do.');
    expect(await peering('apply', '--yes', '--vpc', 'VPC-A')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to do.'),
      stderr: expect.stringMatching(/note: VPC-A is vpc-[0-9a-f]+\./),
    });
    const twice = await peering('apply', 'wanted.json', '--yes');
    expect([twice.code, twice.stdout]).toEqual([
      2,
      expect.stringContaining('Changed since the plan was made (3)'),
    ]);
  });

  it('apply --yes without a file mends a route that is lost', async () => {
    const lost = { RouteTableId: world.vpcA.optedInTableId, DestinationCidrBlock: world.vpcB.cidr };
    await own.ec2.send(new DeleteRouteCommand(lost));
    const explained = await peering('explain', world.server1.instanceId, world.server2.address);
    expect([explained.code, explained.stderr]).toEqual([
      2,
      expect.stringMatching(/^note: No stack of stage prod was found in [^\n]*\n$/),
    ]);
    const { code, stdout } = await peering('apply', '--yes', '--json');
    expect(code).toBe(0);
    expect(valid('apply', stdout)).toMatchObject({
      applied: true,
      changes: [{ outcome: 'written' }],
      left: [],
    });
    expect(await peering('plan')).toMatchObject({ code: 0 });
  });
});

describe('beside the deployed stack', () => {
  beforeAll(async () => {
    await lab.deploy({ policyFile: POLICY, region: REGION });
  });

  it('a sweep finds nothing to do', async () => {
    await fetch(`${lab.url}/_lab/calls`, { method: 'DELETE' });
    await control.fire('sweep');
    await control.idle();
    const calls = (await (await fetch(`${lab.url}/_lab/calls`)).json()) as {
      service: string;
      action: string;
    }[];
    const ec2 = calls.filter(({ service }) => service === 'ec2').map(({ action }) => action);
    expect(ec2.length).toBeGreaterThan(0);
    expect(ec2.filter((action) => !action.startsWith('Describe'))).toEqual([]);
    const functions = await fetch(`${lab.url}/_lab/logs?function=sync-routes`);
    expect(await functions.text()).not.toContain('"route"');
  });

  it('ping shows the answers of both servers; what status has is what the check found', async () => {
    const { code, stdout, stderr } = await peering('ping', '--json');
    expect(stderr).toBe('');
    const { results } = valid('ping', stdout) as {
      results: { verdict: string; sourceInstanceId: string; kind: string }[];
    };
    expect(results.map(({ verdict }) => verdict)).toEqual(Array(4).fill('reachable'));
    const senders = [world.server1.instanceId, world.server2.instanceId];
    expect(results.map(({ sourceInstanceId, kind }) => `${sourceInstanceId} ${kind}`).sort()).toEqual(
      senders.flatMap((id) => [`${id} mtu`, `${id} ping`]).sort(),
    );
    expect(code).toBe(0);
    const fromA = await peering('ping', '--json', '--vpc', 'VPC-A');
    expect(fromA).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^note: VPC-A is vpc-[0-9a-f]+\.\n$/),
    });
    expect(
      new Set(
        (valid('ping', fromA.stdout) as { results: { sourceInstanceId: string }[] }).results.map(
          ({ sourceInstanceId }) => sourceInstanceId,
        ),
      ),
    ).toEqual(new Set([world.server1.instanceId]));
    expect(await peering('ping', '--vpc', 'vpc-a')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/vpc-a is neither the id .* Did you mean vpc-[0-9a-f]+ \(VPC-A\)\?/),
    });
    const status = await peering('status', '--json');
    const { views } = valid('status', status.stdout) as {
      views: { lastPing: object | null; routes: object }[];
    };
    expect(views).toMatchObject([
      { routes: { desired: 1, present: 1 }, lastPing: null },
      { routes: { desired: 1, present: 1 }, lastPing: null },
    ]);
  });

  it('explain, graph and report work on the live account', async () => {
    const explained = await peering('explain', world.server1.instanceId, world.server2.address);
    expect(explained).toMatchObject({ code: 0 });
    const across = await peering('explain', pcx, '--json');
    expect(across).toMatchObject({ code: 0 });
    expect(valid('explain', across.stdout)).toMatchObject({ source: pcx, target: pcx, reachable: true });
    const beyond = await peering('explain', world.server1.instanceId, '10.2.250.1');
    expect(beyond.code).toBe(2);
    expect(beyond.stdout).toContain('10.2.250.1 is in no subnet of');
    const graph = await peering('graph', '--format', 'mermaid');
    expect(graph.stdout).toMatch(new RegExp(`${pcx}<br/>[a-z-]+<br/>active, lab-vpcs`));
    const report = await peering('report', '--out', 'report.html');
    expect(report).toMatchObject({ code: 0 });
    const page = readFileSync(join(command.directory, 'report.html'), 'utf8');
    expect(page.includes('never checked')).toBe(true);
    // What was applied before the stack was there is in nobody's history.
    expect(page).toMatch(/<h2 id="history">History of the last 7 days \(\d+\)<\/h2>/);
  });

  it('report puts its page into a bucket of the account, unless that could be opened to the public', async () => {
    const s3 = new S3Client({ endpoint: lab.url, region: REGION, forcePathStyle: true });
    expect(await peering('report', '--publish', 's3://peering-reports/net/')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no bucket peering-reports'),
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'peering-reports' }));
    expect(await peering('report', '--publish', 's3://peering-reports/net/')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not block all public access'),
    });
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    await s3.send(
      new PutPublicAccessBlockCommand({ Bucket: 'peering-reports', PublicAccessBlockConfiguration }),
    );
    expect(await peering('report', '--publish', 's3://peering-reports/net/')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Published as s3://peering-reports/net/peerings.html'),
    });
    const kept = await s3.send(new GetObjectCommand({ Bucket: 'peering-reports', Key: 'net/peerings.html' }));
    expect(kept.ContentType).toBe('text/html; charset=utf-8');
    expect(await kept.Body?.transformToString()).toContain('<h1>VPC peerings</h1>');
  });

  it('doctor sees the stack, its rules and the probes, and a tag of theirs that says nothing', async () => {
    const portsTag = {
      Resources: [world.server1.instanceId],
      Tags: [{ Key: 'peering-autopilot:probe-ports', Value: '5432 https' }],
    };
    await world.ec2.send(new CreateTagsCommand(portsTag));
    const { stdout } = await peering('doctor', '--json');
    await world.ec2.send(new DeleteTagsCommand(portsTag));
    const { checks } = valid('doctor', stdout) as {
      checks: { area: string; result: string; says: string }[];
    };
    const resultOf = (name: string) => checks.filter(({ area }) => area === name).map(({ result }) => result);
    expect(resultOf('stack')).toEqual(['pass']);
    expect(resultOf('rules')).toEqual(['pass']);
    expect(resultOf('queues')).toEqual(['pass']);
    expect(resultOf('alarms').length).toBeGreaterThan(0);
    expect(resultOf('probes')).toEqual(['pass', 'warn']);
    expect(checks.find(({ area, result }) => area === 'probes' && result === 'warn')?.says).toContain(
      '5432 https',
    );
    expect(resultOf('permissions')).toEqual(['pass']);
    expect(checks.filter(({ area }) => area === 'policy')).toMatchObject([
      { result: 'pass', says: expect.stringContaining('is the policy that is deployed') },
    ]);
  });

  it('doctor tells a policy that means something else from one that is only written otherwise', async () => {
    const text = readFileSync(POLICY, 'utf8');
    const asked = async (name: string, content: string) => {
      writeFileSync(join(command.directory, name), content);
      const { stdout } = await peering('doctor', '--policy', name, '--json');
      const { checks } = valid('doctor', stdout) as { checks: { area: string; result: string }[] };
      return checks.filter(({ area }) => area === 'policy').map(({ result }) => result);
    };
    expect(await asked('same.yml', `# written today\n${text}`)).toEqual(['pass']);
    expect(await asked('other.yml', `${text}  - { name: more, effect: hold }\n`)).toEqual(['warn']);
  });

  it('doctor names a Region that there is not, and one whose events nothing carries home', async () => {
    const text = `${readFileSync(POLICY, 'utf8')}regions: [${REGION}, eu-west-1, eu-nowhere-1]\nnewRegions: [eu-nowhere-1]\n`;
    writeFileSync(join(command.directory, 'regions.yml'), text);
    const { code, stdout } = await peering('doctor', '--policy', 'regions.yml', '--json');
    expect(code).toBe(1);
    const { checks } = valid('doctor', stdout) as {
      checks: { area: string; region: string | null; result: string; says: string }[];
    };
    expect(checks.filter(({ area }) => area === 'region')).toMatchObject([
      { region: 'eu-nowhere-1', result: 'fail' },
    ]);
    expect(checks.filter(({ area }) => area === 'forwarding')).toMatchObject([
      { region: 'eu-west-1', result: 'fail', says: expect.stringContaining('is missing') },
      { region: 'eu-west-1', result: 'fail', says: expect.stringContaining('There is no queue') },
      { region: 'eu-west-1', result: 'fail', says: expect.stringContaining('There is no SSM document') },
    ]);
  });

  it('drift names a lost route, exit 2', async () => {
    // The stack repairs it at once by event, so that its snapshot is changed instead of the account.
    await peering('snapshot', '--out', 'later');
    const file = join(command.directory, 'later/accounts/123456789012', REGION, 'RouteTables.json');
    const tables = JSON.parse(readFileSync(file, 'utf8'));
    for (const table of tables.RouteTables) {
      if (table.RouteTableId === world.vpcA.optedInTableId) {
        table.Routes = table.Routes.filter(
          (route: { VpcPeeringConnectionId?: string }) => !route.VpcPeeringConnectionId,
        );
      }
    }
    writeFileSync(file, JSON.stringify(tables));
    const { code, stdout } = await command.run(['drift', '--snapshot', 'later', '--json']);
    expect(code).toBe(2);
    expect(valid('drift', stdout)).toMatchObject({
      findings: [{ kind: 'missing', routeTableId: world.vpcA.optedInTableId, peeringId: pcx }],
    });
    expect(await peering('drift')).toMatchObject({ code: 0 });
    await own.ec2.send(
      new DeleteRouteCommand({
        RouteTableId: world.vpcA.optedInTableId,
        DestinationCidrBlock: world.vpcB.cidr,
      }),
    );
    await control.idle();
    expect(await peering('plan')).toMatchObject({ code: 0 });
  });

  it('npm run live-check reads how often Lambda asked the empty queues', async () => {
    const ask = async (): Promise<Outcome | undefined> => {
      const interruption = createInterruption(new AbortController().signal);
      const { outcomes } = await runChecks([queuePolls], {
        session: await openSession({ region: REGION }),
        interruption,
        patience: { longest: 1000, quiet: 1000, interruption },
        run: 'test',
        mask: (text) => text,
        tell: () => undefined,
        debug: () => undefined,
      });
      return outcomes[0];
    };
    expect(await ask()).toMatchObject({
      verdict: 'not tried',
      seen: 'CloudWatch has no numbers of the queues of the stack.',
    });
    // Nobody counts that in the lab: 900 in an hour are 5 in 20 s.
    const data = ['accept-requests', 'sync-routes'].map((name) => ({
      MetricName: 'NumberOfEmptyReceives',
      Dimensions: [{ Name: 'QueueName', Value: `vpc-peering-autopilot-prod-${name}.fifo` }],
      Timestamp: new Date(Date.now() - 2 * 3_600_000),
      Value: 900,
    }));
    await new CloudWatchClient({ endpoint: lab.url, region: REGION }).send(
      new PutMetricDataCommand({ Namespace: 'AWS/SQS', MetricData: data }),
    );
    expect(await ask()).toMatchObject({ verdict: 'agrees', seen: '5.0 times in 20 s' });
  });

  it('a denied call is one line with what to do', async () => {
    await fetch(`${lab.url}/_lab/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service: 'ec2', action: 'DescribeRouteTables', kind: 'denied' }),
    });
    const { code, stdout, stderr } = await peering('plan');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^peering: AWS refused the call\. DescribeRouteTables of everything in us-east-1 failed/,
    );
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

/** The short form of a part of `npm run proof -- --only judges`. */
it("all that the local AWS answered until here is as botocore's model of each service", async () => {
  const held = await compareWithBotocore(answers.all(), () => undefined);
  expect(held.length).toBeGreaterThan(100);
  expect(judgeResultOf(held, answers.all(), []).faults).toEqual([]);
});
