import { parseArguments } from '../../cli/arguments.ts';
import { accessProblems, readStatement } from '../../cli/release/bucket-access.ts';
import type { Template } from '../../cli/release/template.ts';
import { rolloutArguments } from '../../cli/rollout/arguments.ts';
import { describeStackSetError } from '../../cli/rollout/errors.ts';
import { carryOut, worked } from '../../cli/rollout/operations.ts';
import {
  commandOf,
  planRemoval,
  planRollout,
  type StackInstance,
  type StackSetState,
  type Step,
  type Wanted,
} from '../../cli/rollout/plan.ts';
import { readStackSet } from '../../cli/rollout/read-stack-set.ts';
import type { Operation, OperationResult, StackSets, UnderWay } from '../../cli/rollout/stack-sets.ts';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { policyOf } from '../support/fixtures.ts';

/** What the command asks of CloudFormation, and what it says when that does not go well. */

const REGION = 'eu-west-1';
const BUCKET = 'example-artifacts';
const PILOT = 'ou-ab12-pilot1234';
const REST = 'ou-ab12-rest12345';

function templateOf(mode: 'enforce' | 'observe'): Template {
  return {
    Metadata: { PeeringPolicy: { mode } },
    Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: {} } },
    Outputs: { PolicyFingerprint: { Value: policyFingerprint(policyOf({ mode })) } },
  };
}

const TEMPLATE = templateOf('enforce');
const OTHER = templateOf('observe');

function wanted(over: Partial<Wanted> = {}): Wanted {
  return {
    name: 'peering',
    region: REGION,
    callAs: 'SELF',
    preferences: { MaxConcurrentPercentage: 10 },
    stage: 'prod',
    bucket: BUCKET,
    template: TEMPLATE,
    templateUrl: 'https://example',
    organizationalUnits: [],
    ...over,
  };
}

function instance(over: Partial<StackInstance> = {}): StackInstance {
  return {
    accountId: '222222222222',
    region: REGION,
    organizationalUnit: PILOT,
    status: 'CURRENT',
    reason: undefined,
    ...over,
  };
}

/** What a StackSet is once it was made from `wanted()` with one OU. */
function settled(over: Partial<StackSetState> = {}): StackSetState {
  return {
    permissionModel: 'SERVICE_MANAGED',
    template: TEMPLATE,
    parameters: {
      CodeBucket: BUCKET,
    },
    autoDeployment: 'as wanted',
    managedExecution: 'as wanted',
    organizationalUnits: [PILOT],
    instances: [instance()],
    ...over,
  };
}

const calls = ({ steps }: { readonly steps: readonly Step[] }) => steps.map(({ call }) => call);

describe('the plan of a rollout', () => {
  it('makes the StackSet, then stacks in the named OUs, in the home Region only', () => {
    const plan = planRollout(undefined, wanted({ organizationalUnits: [PILOT, REST, PILOT] }));
    expect(plan.action).toBe('create');
    expect(plan.steps).toEqual([
      {
        call: 'CreateStackSet',
        input: expect.objectContaining({
          StackSetName: 'peering',
          PermissionModel: 'SERVICE_MANAGED',
          AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: false },
          ManagedExecution: { Active: true },
          TemplateURL: 'https://example',
        }),
      },
      {
        call: 'CreateStackInstances',
        input: expect.objectContaining({
          DeploymentTargets: { OrganizationalUnitIds: [PILOT, REST] },
          Regions: [REGION],
        }),
      },
    ]);
  });

  it('without an OU makes the StackSet and no stack', () => {
    expect(calls(planRollout(undefined, wanted()))).toEqual(['CreateStackSet']);
  });

  it('of what is there already has nothing to do', () => {
    const plan = planRollout(settled(), wanted({ organizationalUnits: [PILOT] }));
    expect([plan.action, plan.steps]).toEqual(['unchanged', []]);
  });

  it('adds an OU without an update, and keeps the one that is not named', () => {
    const plan = planRollout(settled(), wanted({ organizationalUnits: [REST] }));
    expect(calls(plan)).toEqual(['CreateStackInstances']);
    expect(plan.organizationalUnits).toEqual({ added: [REST], kept: [PILOT] });
  });

  it('shows the policy before and after', () => {
    const plan = planRollout(settled(), wanted({ template: OTHER }));
    expect(plan.fingerprint.before).toBe(TEMPLATE.Outputs?.PolicyFingerprint?.Value);
    expect(plan.fingerprint.after).toBe(OTHER.Outputs?.PolicyFingerprint?.Value);
    expect(plan.fingerprint.before).not.toBe(plan.fingerprint.after);
  });

  it.each([
    ['another policy', settled(), wanted({ template: OTHER })],
    ['another bucket', settled(), wanted({ bucket: 'other-artifacts' })],
    ['automatic deployment turned off by hand', settled({ autoDeployment: 'other' }), wanted()],
    ['managed execution turned off by hand', settled({ managedExecution: 'other' }), wanted()],
    ['a stack that is behind', settled({ instances: [instance({ status: 'OUTDATED' })] }), wanted()],
  ])('updates all stacks for %s', (_, state, want) => {
    const plan = planRollout(state, want);
    expect([plan.action, calls(plan)]).toEqual(['update', ['UpdateStackSet']]);
    const [step] = plan.steps;
    // With targets, CloudFormation would update those only and turn automatic deployment away.
    expect(step?.input).not.toHaveProperty('DeploymentTargets');
    expect(step?.input).not.toHaveProperty('Regions');
  });

  it('names a stack that no update reaches, and does not try', () => {
    const broken = instance({ status: 'INOPERABLE', reason: 'deletion failed' });
    const plan = planRollout(settled({ instances: [instance(), broken] }), wanted());
    expect([plan.action, plan.notCurrent]).toEqual(['unchanged', [broken]]);
  });

  it('takes a suspended account for what it is', () => {
    const plan = planRollout(settled({ instances: [instance({ status: 'SKIPPED' })] }), wanted());
    expect([plan.action, plan.notCurrent]).toEqual(['unchanged', []]);
  });

  it.each([
    ['is self-managed', settled({ permissionModel: 'SELF_MANAGED' }), '--name'],
    ['was made by something else', settled({ template: { Resources: {} } }), '--name'],
    [
      'has a stack in another Region',
      settled({ instances: [instance({ region: 'us-east-1' })] }),
      'two home Regions',
    ],
  ])('stops at a StackSet that %s', (_, state, said) => {
    expect(() => planRollout(state, wanted())).toThrow(said);
  });
});

describe('the plan of a removal', () => {
  const two = settled({ organizationalUnits: [PILOT, REST] });

  it('of one OU of two leaves the StackSet', () => {
    const plan = planRemoval(two, wanted({ organizationalUnits: [PILOT] }));
    expect(calls(plan)).toEqual(['DeleteStackInstances']);
    expect(plan.organizationalUnits).toEqual({ removed: [PILOT], kept: [REST] });
  });

  it.each([
    ['all OUs, because none is named', []],
    ['all OUs by name', [PILOT, REST]],
  ])('of %s deletes the StackSet behind its stacks', (_, organizationalUnits) => {
    const plan = planRemoval(two, wanted({ organizationalUnits }));
    expect(calls(plan)).toEqual(['DeleteStackInstances', 'DeleteStackSet']);
    expect(plan.steps[0]?.input).toMatchObject({
      DeploymentTargets: { OrganizationalUnitIds: [PILOT, REST] },
      RetainStacks: false,
      Regions: [REGION],
    });
  });

  it('of a StackSet without stacks deletes it', () => {
    const plan = planRemoval(settled({ organizationalUnits: [], instances: [] }), wanted());
    expect(calls(plan)).toEqual(['DeleteStackSet']);
  });

  it('goes on with an OU that is left only in the accounts that an earlier one did not reach', () => {
    const left = settled({
      organizationalUnits: [],
      instances: [instance(), instance({ accountId: '333333333333', organizationalUnit: undefined })],
    });
    const plan = planRemoval(left, wanted());
    expect(calls(plan)).toEqual(['DeleteStackInstances', 'DeleteStackSet']);
    expect(plan.organizationalUnits).toEqual({ removed: [PILOT], kept: [] });
  });

  it('of an OU that has none says which have', () => {
    expect(() => planRemoval(settled(), wanted({ organizationalUnits: [REST] }))).toThrow(
      `was not deployed to ${REST}. It was to: ${PILOT}.`,
    );
  });
});

describe('a printed command', () => {
  it('is the call itself, quoted for a shell', () => {
    const step: Step = {
      call: 'DeleteStackSet',
      input: { StackSetName: "it's", CallAs: 'SELF' },
    };
    expect(commandOf(step, REGION)).toBe(
      `aws cloudformation delete-stack-set --region eu-west-1 --cli-input-json '{"StackSetName":"it'\\''s","CallAs":"SELF"}'`,
    );
  });
});

describe('operations', () => {
  interface Scripted {
    readonly polls: readonly { readonly status: string; readonly results: readonly OperationResult[] }[];
  }

  const result = (accountId: string, status: string, reason?: string): OperationResult => ({
    accountId,
    region: REGION,
    status,
    reason,
  });

  /** CloudFormation in memory: each operation answers its polls in order. */
  function scripted(operations: readonly Scripted[]) {
    const asked: string[] = [];
    let current = -1;
    let poll = 0;
    const now = () =>
      operations[current]?.polls[Math.min(poll, (operations[current]?.polls.length ?? 1) - 1)];
    const stackSets: StackSets = {
      trustedAccess: async () => 'enabled',
      read: async () => undefined,
      underWay: async () => [],
      async carryOut({ call }) {
        asked.push(call);
        if (call === 'CreateStackSet' || call === 'DeleteStackSet') return undefined;
        current += 1;
        poll = 0;
        return `operation-${current}`;
      },
      operation: async (operationId): Promise<Operation> => ({
        operationId,
        status: now()?.status ?? 'UNKNOWN',
        reason: undefined,
      }),
      async results() {
        const results = [...(now()?.results ?? [])];
        poll += 1;
        return results;
      },
    };
    return { stackSets, asked };
  }

  const waiting = () => {
    const lines: string[] = [];
    const waits: number[] = [];
    return {
      lines,
      waits,
      options: {
        progress: (line: string) => void lines.push(line),
        sleep: async (milliseconds: number) => void waits.push(milliseconds),
      },
    };
  };

  const { steps } = planRemoval(settled(), wanted());

  it('are waited for, with a growing pause, and progress is told', async () => {
    const running = { status: 'RUNNING', results: [result('1', 'SUCCEEDED'), result('2', 'PENDING')] };
    const { stackSets, asked } = scripted([
      {
        polls: [
          ...Array.from({ length: 12 }, () => running),
          { status: 'SUCCEEDED', results: [result('1', 'SUCCEEDED'), result('2', 'SUCCEEDED')] },
        ],
      },
    ]);
    const { lines, waits, options } = waiting();
    const outcomes = await carryOut(stackSets, steps, options);
    expect(asked).toEqual(['DeleteStackInstances', 'DeleteStackSet']);
    expect(outcomes.map(worked)).toEqual([true, true]);
    expect(outcomes[0]).toMatchObject({ succeeded: 2, failed: [], operationId: 'operation-0' });
    expect(lines).toContain('DeleteStackInstances running: 1 of 2 accounts done, 0 failed');
    expect(waits[0]).toBe(500);
    expect(waits.at(-1)).toBe(15_000);
    const before = waits.slice(0, -1).map((wait) => Math.min(1.5 * wait, 15_000));
    expect(waits.slice(1)).toEqual(before);
  });

  it.each([
    ['fails', 'FAILED'],
    ['is stopped', 'STOPPED'],
    // Within its failure tolerance the operation is a success to CloudFormation.
    ['succeeds with an account that failed', 'SUCCEEDED'],
  ])('that %s keeps later steps from being tried', async (_, status) => {
    const { stackSets, asked } = scripted([
      {
        polls: [
          {
            status,
            results: [result('1', 'SUCCEEDED'), result('2', 'FAILED', 'no role'), result('3', 'CANCELLED')],
          },
        ],
      },
    ]);
    const outcomes = await carryOut(stackSets, steps, waiting().options);
    expect(asked).toEqual(['DeleteStackInstances']);
    expect(outcomes.map(worked)).toEqual([false]);
    expect(outcomes[0]).toMatchObject({
      succeeded: 1,
      cancelled: 1,
      failed: [{ accountId: '2', reason: 'no role' }],
    });
  });
});

describe('an operation that is under way', () => {
  const UPDATE: UnderWay = { operationId: 'theirs', action: 'UPDATE' };

  /** A StackSet that has other units once what is under way has ended. */
  function busyWith(operations: readonly UnderWay[]) {
    const left = [...operations];
    let polls = 0;
    const said: string[] = [];
    const stackSets = {
      read: async () => settled({ organizationalUnits: left.length === 0 ? [PILOT, REST] : [PILOT] }),
      underWay: async () => [...left],
      async operation(operationId: string): Promise<Operation> {
        polls += 1;
        const status = polls % 3 === 0 ? 'SUCCEEDED' : 'RUNNING';
        if (status === 'SUCCEEDED') left.shift();
        return { operationId, status, reason: undefined };
      },
      results: async () => [],
    };
    const wait = { progress: (line: string) => void said.push(line), sleep: async () => undefined };
    return { read: (mode: 'print' | 'apply') => readStackSet(stackSets, mode, wait), said };
  }

  it('is waited for before something is changed, and what it left is read', async () => {
    const { read, said } = busyWith([UPDATE, { operationId: 'next', action: 'CREATE' }]);
    const { state, remarks } = await read('apply');
    expect([state?.organizationalUnits, remarks]).toEqual([[PILOT, REST], []]);
    expect(said[0]).toBe('waiting for what is under way: UPDATE running: 0 of 0 accounts done, 0 failed');
    expect(said.at(-1)).toContain('CREATE running');
  });

  it('and ends while the StackSet is read leaves nothing half done in what is read', async () => {
    for (const mode of ['print', 'apply'] as const) {
      let has = [PILOT];
      const { state } = await readStackSet(
        {
          read: async () => settled({ organizationalUnits: has }),
          // It has ended whenever somebody asks, and is seen in what is read from then on.
          async underWay() {
            has = [PILOT, REST];
            return [];
          },
          operation: async (operationId) => ({ operationId, status: 'SUCCEEDED', reason: undefined }),
          results: async () => [],
        },
        mode,
        { progress: () => undefined, sleep: async () => undefined },
      );
      expect([mode, state?.organizationalUnits]).toEqual([mode, [PILOT, REST]]);
    }
  });

  it('is only told where nothing is to be changed', async () => {
    const { read, said } = busyWith([UPDATE]);
    const { state, remarks } = await read('print');
    expect([state?.organizationalUnits, said]).toEqual([[PILOT], []]);
    expect(remarks).toEqual([
      expect.stringMatching(/^an operation \(UPDATE\) is under way, .*--apply waits/),
    ]);
  });

  it('that is none costs nothing', async () => {
    const { read, said } = busyWith([]);
    for (const mode of ['print', 'apply'] as const) {
      expect(await read(mode)).toMatchObject({ remarks: [], state: { organizationalUnits: [PILOT, REST] } });
    }
    expect(said).toEqual([]);
  });
});

describe('the bucket policy', () => {
  const ORGANIZATION = 'o-a1b2c3d4e5';
  const where = { organizationId: ORGANIZATION, region: REGION };
  const problems = (...Statement: readonly object[]) =>
    accessProblems({ bucket: BUCKET, policy: JSON.stringify({ Statement }), kmsKey: undefined }, where);
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${BUCKET}/*`,
    Condition: { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } },
  };

  it.each([
    ['the statement that is printed', readStatement(BUCKET, ORGANIZATION, REGION)],
    ['a wider one', { ...statement, Action: ['s3:Get*', 's3:ListBucket'], Principal: { AWS: '*' } }],
    [
      'one for several organizations',
      {
        ...statement,
        Condition: { StringEquals: { 'AWS:PRINCIPALORGID': ['o-other00000', ORGANIZATION] } },
      },
    ],
  ])('lets the accounts read by %s', (_, given) => {
    expect(problems({ Effect: 'Deny', Principal: '*', Action: 's3:*' }, given)).toEqual([]);
  });

  it.each([
    ['another organization', { ...statement, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-x' } } }],
    ['one account', { ...statement, Principal: { AWS: 'arn:aws:iam::222222222222:root' } }],
    ['writing', { ...statement, Action: 's3:PutObject' }],
    ['another prefix', { ...statement, Resource: `arn:aws:s3:::${BUCKET}/other/*` }],
    ['another bucket', { ...statement, Resource: 'arn:aws:s3:::example.artifacts/*' }],
    ['a denial', { ...statement, Effect: 'Deny' }],
    [
      'one more condition',
      {
        ...statement,
        Condition: { ...statement.Condition, IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
      },
    ],
    [
      'a negated condition',
      {
        ...statement,
        Condition: { StringNotEquals: { 'aws:PrincipalOrgID': ORGANIZATION } },
      },
    ],
  ])('that only allows %s is not taken for one that lets them read', (_, given) => {
    expect(problems(given)).toEqual([expect.objectContaining({ severity: 'blocks' })]);
  });

  it('that is not there blocks; that cannot be read, or an unknown organization, leaves it open', () => {
    const of = (policy: string, organizationId: string | undefined) =>
      accessProblems({ bucket: BUCKET, policy, kmsKey: undefined }, { organizationId, region: REGION }).map(
        ({ severity }) => severity,
      );
    expect(of('none', ORGANIZATION)).toEqual(['blocks']);
    expect(of('unreadable', ORGANIZATION)).toEqual(['unsure']);
    expect(of('none', undefined)).toEqual(['unsure']);
  });

  it.each([
    ['alias/aws/s3', 'blocks'],
    ['arn:aws:kms:eu-west-1:111111111111:alias/aws/s3', 'blocks'],
    ['arn:aws:kms:eu-west-1:111111111111:key/0a1b', 'unsure'],
  ])('is not enough when the bucket encrypts with %s', (kmsKey, severity) => {
    const policy = JSON.stringify({ Statement: statement });
    expect(accessProblems({ bucket: BUCKET, policy, kmsKey }, where)).toEqual([
      expect.objectContaining({ severity }),
    ]);
  });

  it('is written for the partition of the Region', () => {
    expect(readStatement(BUCKET, ORGANIZATION, 'cn-north-1')).toMatchObject({
      Resource: `arn:aws-cn:s3:::${BUCKET}/vpc-peering-autopilot/*`,
    });
  });
});

describe('arguments', () => {
  const parse = (line: string, settingsRegion = 'us-east-1') => {
    const parsed = parseArguments(['rollout', ...line.split(' ')]);
    if (parsed.kind !== 'run') throw new Error(`${line} does not run`);
    return rolloutArguments(parsed.options, settingsRegion);
  };

  it('take a first rollout from little', () => {
    expect(parse(`--bucket ${BUCKET} --ou ${PILOT} --ou r-ab12`)).toEqual({
      verb: 'rollout',
      bucket: BUCKET,
      bucketOwner: undefined,
      organizationalUnits: [PILOT, 'r-ab12'],
      stage: 'prod',
      name: 'vpc-peering-autopilot-prod',
      region: 'us-east-1',
      callAs: 'SELF',
      mode: 'print',
      format: 'text',
      upload: 'missing objects',
      preferences: {
        ConcurrencyMode: 'SOFT_FAILURE_TOLERANCE',
        MaxConcurrentPercentage: 10,
        FailureTolerancePercentage: 5,
      },
    });
  });

  it('take counts, another stage, Region and caller', () => {
    expect(
      parse(
        `--bucket=${BUCKET} --stage test --delegated-admin --max-concurrent 20 --failure-tolerance 0 --apply`,
        'eu-west-1',
      ),
    ).toMatchObject({
      name: 'vpc-peering-autopilot-test',
      region: 'eu-west-1',
      callAs: 'DELEGATED_ADMIN',
      mode: 'apply',
      preferences: { MaxConcurrentCount: 20, FailureToleranceCount: 0 },
    });
  });

  it.each([
    ['--apply', 'needs --bucket'],
    ['--bucket', '--bucket needs a value'],
    ['--bucket --apply', '--bucket needs a value'],
    [`--bucket s3://${BUCKET}`, 'without s3://'],
    [`--bucket ${BUCKET} --bucket other`, 'given twice'],
    [`--bucket ${BUCKET} --ou workloads`, 'an organizational unit looks like'],
    [`--bucket ${BUCKET} --bucket-owner me`, '12 digits'],
    [`--bucket ${BUCKET} --region Ireland`, 'looks like us-east-1'],
    [`--bucket ${BUCKET} --name 1st`, 'begins with a letter'],
    [`--bucket ${BUCKET} --stage a_b`, '--stage a_b is not valid'],
    [`--bucket ${BUCKET} --max-concurrent 0`, 'at least 1'],
    [`--bucket ${BUCKET} --failure-tolerance 101%`, 'or a share'],
    [`--bucket ${BUCKET} --apply=yes`, '--apply takes no value'],
    [`--bucket ${BUCKET} --apply --dry-run`, 'exclude each other'],
    [`--bucket ${BUCKET} --aply`, 'Did you mean --apply?'],
    [`--bucket ${BUCKET} extra`, 'no use for extra'],
    [`--remove --bucket ${BUCKET}`, '--remove has no use for --bucket'],
  ])('%s is refused in one line', (line, said) => {
    expect(() => parse(line)).toThrow(said);
    expect(() => parse(line)).toThrow(expect.objectContaining({ name: 'CliError' }));
  });
});

describe('what AWS refuses', () => {
  const refused = (name: string, message: string) =>
    describeStackSetError(
      new AwsCallError(
        'CreateStackSet',
        REGION,
        'StackSet peering',
        Object.assign(new Error(message), { name }),
      ),
    );

  // The messages are those that CloudFormation gives.
  it.each([
    [
      'ValidationError',
      'You must enable organizations access to operate a service managed stack set',
      'activate-organizations-access',
    ],
    [
      'ValidationError',
      'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
      '--delegated-admin',
    ],
    ['ValidationError', 'Account used is not a delegated administrator', '--delegated-admin'],
    ['OperationInProgressException', 'Another Operation on StackSet x is in progress: y', 'Wait for it'],
    ['StackSetNotEmptyException', 'StackSet is not empty', 'list-stack-instances'],
    ['ValidationError', 'OrganizationalUnit ou-ab12-x not found', 'list-organizational-units-for-parent'],
    ['AccessDenied', 'not authorized', 'permission for CreateStackSet'],
  ])('%s "%s" is told with what to do', (name, message, remedy) => {
    const line = refused(name, message);
    expect(line).toContain(message);
    expect(line).toContain(remedy);
    expect(line).not.toContain('\n');
  });

  it('missing credentials are told without the SDK’s words', () => {
    const error = Object.assign(new Error('Could not load credentials from any providers'), {
      name: 'CredentialsProviderError',
    });
    expect(describeStackSetError(error)).toContain('AWS_PROFILE');
  });
});
