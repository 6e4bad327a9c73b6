import fc from 'fast-check';
import { parse } from 'yaml';
import { CliError } from '../../cli/errors.ts';
import { GITLAB_ENTRY, missingInGitlabEntry, pipelineFile } from '../../cli/init/pipeline-files.ts';
import { pipelineRolesFile } from '../../cli/init/pipeline-roles.ts';
import { type FirstPolicy, policyFile, policyTestFile, stackFile } from '../../cli/init/policy-files.ts';
import { createOutput } from '../../cli/output.ts';
import type { ResourceChange } from '../../cli/release/change-set.ts';
import {
  carryOut,
  create,
  type Deployment,
  planCreation,
  type VersionAsked,
  versionRefusal,
} from '../../cli/release/deploy.ts';
import { printNext, printPlan } from '../../cli/release/deploy-text.ts';
import { FORMS, validated } from '../../cli/release/forms.ts';
import { ownRoutesInPlace } from '../../cli/release/own-in-place.ts';
import { placeRefusal } from '../../cli/release/place-refusal.ts';
import { removeSettled } from '../../cli/release/removal.ts';
import { belongsToProduct, conditionOf } from '../../cli/release/stack-condition.ts';
import type { StackEvent, StackState, Stacks } from '../../cli/release/stacks.ts';
import { templateFrom } from '../../cli/release/template.ts';
import { failureText, requireWorked, settled } from '../../cli/release/wait.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import { parseStackFile } from '../../lib/policy/stack-file.ts';
import { DEFAULT_STACK_OPTIONS } from '../../lib/policy/stack-schema.ts';
import { policyOf } from '../support/fixtures.ts';

/** What deploying decides and says without AWS. */

const NAME = 'vpc-peering-autopilot-prod';
const REGION = 'eu-west-1';
const PLACE = { name: NAME, region: REGION };

function state(status: string, reason?: string): StackState {
  return { id: `arn:${NAME}`, status, reason, outputs: new Map() };
}

describe('a stack', () => {
  it.each([
    [undefined, 'absent'],
    ['DELETE_COMPLETE', 'absent'],
    ['CREATE_COMPLETE', 'settled'],
    ['UPDATE_COMPLETE', 'settled'],
    ['UPDATE_ROLLBACK_COMPLETE', 'settled'],
    ['IMPORT_COMPLETE', 'settled'],
    ['CREATE_IN_PROGRESS', 'busy'],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'busy'],
    ['UPDATE_ROLLBACK_IN_PROGRESS', 'busy'],
    ['DELETE_IN_PROGRESS', 'busy'],
    ['REVIEW_IN_PROGRESS', 'stuck'],
    ['ROLLBACK_COMPLETE', 'stuck'],
    ['CREATE_FAILED', 'stuck'],
    ['DELETE_FAILED', 'stuck'],
    ['UPDATE_ROLLBACK_FAILED', 'stuck'],
    ['UPDATE_FAILED', 'stuck'],
  ])('that is %s is %s', (status, kind) => {
    const found = status === undefined ? undefined : state(status);
    expect(conditionOf(found, NAME, REGION).kind).toBe(kind);
  });

  it.each([
    ['ROLLBACK_COMPLETE', 'Remove it with peering remove'],
    ['DELETE_FAILED', 'Remove it with peering remove'],
    ['UPDATE_ROLLBACK_FAILED', `continue-update-rollback --stack-name ${NAME} --region ${REGION}`],
    ['REVIEW_IN_PROGRESS', 'delete-stack'],
  ])('that is %s says what a person has to do', (status, remedy) => {
    const condition = conditionOf(state(status, 'because'), NAME, REGION);
    expect(condition).toMatchObject({ remedy: expect.stringContaining(remedy) });
  });

  it.each([
    ['of the framework', { SweepLambdaFunction: { Type: 'AWS::Lambda::Function' } }, true],
    ['with the bucket alone', { ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' } }, true],
    ['of somebody else', { Queue: { Type: 'AWS::SQS::Queue' } }, false],
    [
      'of somebody else, with a bucket of the framework',
      { ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' }, Queue: { Type: 'AWS::SQS::Queue' } },
      false,
    ],
    ['with nothing in it', {}, false],
  ])('%s is told from others', (_, Resources, ours) => {
    expect(belongsToProduct({ Resources })).toBe(ours);
  });
});

describe('the text of a template', () => {
  it.each([
    ['JSON', '{"Resources":{"A":{"Type":"AWS::SQS::Queue"}}}', ['A']],
    ['YAML with tags', 'Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties: { X: !Ref B }\n', ['A']],
    ['no template', '{"mine":1}', []],
    ['no object', 'null', []],
    ['nothing that can be read', '{"Resources":', []],
  ])('of %s says which resources it has', (_, text, names) => {
    expect(Object.keys(templateFrom(text).Resources)).toEqual(names);
  });
});

function event(logicalId: string, status: string, reason?: string): StackEvent {
  return { at: new Date(0), logicalId, type: 'AWS::SQS::Queue', status, reason };
}

/** Answers what it is given, one state after the other; the last stays. */
function stacksWith(states: readonly (StackState | undefined)[], events: readonly StackEvent[] = []): Stacks {
  let next = 0;
  const unasked = () => Promise.reject(new Error('not asked for'));
  return {
    read: async () => states[Math.min(next++, states.length - 1)],
    eventsSince: async () => [...events],
    template: unasked,
    create: unasked,
    prepare: unasked,
    changeSet: unasked,
    execute: unasked,
    discard: unasked,
    delete: unasked,
    failedResources: unasked,
  };
}

describe('waiting for CloudFormation', () => {
  it('ends with what there is in the end, and says on the way how far it is', async () => {
    const said: string[] = [];
    const stacks = stacksWith(
      [state('UPDATE_IN_PROGRESS'), state('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'), state('UPDATE_COMPLETE')],
      [event('SweepRole', 'UPDATE_COMPLETE'), event('Registry', 'UPDATE_COMPLETE')],
    );
    const wait = { progress: (line: string) => void said.push(line), sleep: async () => undefined };
    expect((await settled(stacks, PLACE, new Date(0), wait))?.status).toBe('UPDATE_COMPLETE');
    expect(said).toEqual(['2 done, now SweepRole UPDATE_COMPLETE', '2 done, now SweepRole UPDATE_COMPLETE']);
  });

  it('looks again soon at first, then every two seconds', async () => {
    const pauses: number[] = [];
    const busy = Array.from({ length: 5 }, () => state('UPDATE_IN_PROGRESS'));
    const wait = { progress: () => undefined, sleep: async (ms: number) => void pauses.push(ms) };
    await settled(stacksWith([...busy, state('UPDATE_COMPLETE')]), PLACE, new Date(0), wait);
    expect(pauses).toEqual([250, 500, 1000, 2000, 2000]);
  });

  it('names what failed first, not what was cancelled because of it', async () => {
    // The newest comes first.
    const events = [
      event(NAME, 'UPDATE_ROLLBACK_IN_PROGRESS', 'The following resource(s) failed'),
      event('Topic', 'UPDATE_FAILED', 'Resource update cancelled'),
      event('Queue', 'UPDATE_FAILED', 'Access denied'),
    ];
    expect(failureText(events)).toContain('Queue (AWS::SQS::Queue): Access denied');
    await expect(
      requireWorked(stacksWith([], events), PLACE, new Date(0), state('UPDATE_ROLLBACK_COMPLETE')),
    ).rejects.toThrow(/what ran before runs on unchanged.*Queue/);
    await expect(requireWorked(stacksWith([]), PLACE, new Date(0), undefined)).rejects.toThrow(
      'it is gone again',
    );
  });

  it('says what to do about a name that something else has', async () => {
    const events = [event('Registry', 'CREATE_FAILED', `${NAME} already exists`)];
    await expect(
      requireWorked(stacksWith([], events), PLACE, new Date(0), state('UPDATE_ROLLBACK_COMPLETE')),
    ).rejects.toThrow(/Registry \(\S+\): \S+ already exists\. .* another --stage; then run this again\.$/);
  });
});

describe('a deployment beside another one', () => {
  const refused = (name: string, message: string) => Object.assign(new Error(message), { name });
  const OBSOLETE = refused('InvalidChangeSetStatusException', 'ChangeSet [x] cannot be executed: OBSOLETE.');
  const BUSY = refused(
    'ValidationError',
    `Stack:${NAME} is in UPDATE_IN_PROGRESS state and can not be updated.`,
  );

  const deployment = (call: Partial<Stacks>): Deployment => ({
    stacks: { ...stacksWith([state('UPDATE_COMPLETE')]), ...call },
    place: PLACE,
    accountId: '111122223333',
    stage: 'prod',
    inputs: { policy: policyOf({}), options: DEFAULT_STACK_OPTIONS },
    release: {
      template: { AWSTemplateFormatVersion: '2010-09-09', Description: '', Resources: {}, Outputs: {} },
      templateKey: 'key',
      objects: [],
    },
    wait: { progress: () => undefined, sleep: async () => undefined },
    now: () => new Date(0),
  });
  const prepared = { changeSet: 'peering-1', plan: planCreation(deployment({})) };

  it.each([
    ['the change was made against what is no more', { execute: () => Promise.reject(OBSOLETE) }, 'OBSOLETE'],
    ['something is under way', { execute: () => Promise.reject(BUSY) }, 'UPDATE_IN_PROGRESS'],
  ])('says in one line that %s, and what to do', async (_, call, because) => {
    const carried = carryOut(deployment(call), prepared);
    await expect(carried).rejects.toThrow(
      new RegExp(
        `^Another deployment of the stack ${NAME} in ${REGION} came in between, so this one stops: .*${because}.* Run peering deploy again: `,
      ),
    );
    await expect(carried).rejects.toBeInstanceOf(CliError);
  });

  it('that made the stack first is said the same way', async () => {
    const exists = refused('AlreadyExistsException', `Stack [${NAME}] already exists`);
    await expect(create(deployment({ create: () => Promise.reject(exists) }))).rejects.toThrow(
      /came in between, .*already exists/,
    );
  });

  it('is no explanation for another refusal', async () => {
    const denied = refused('AccessDenied', 'not allowed');
    await expect(carryOut(deployment({ execute: () => Promise.reject(denied) }), prepared)).rejects.toBe(
      denied,
    );
  });
});

describe('removing a stack', () => {
  const said = { progress: () => undefined, sleep: async () => undefined };
  const FAILED = [{ logicalId: 'SweepStarted', type: 'Custom::SweepStarted' }];

  /** CloudFormation that fails on what is in the list unless it is retained. */
  function cloudFormation(before: string, failing: typeof FAILED) {
    const deletes: (readonly string[])[] = [];
    let status: string | undefined = before;
    const stacks: Stacks = {
      ...stacksWith([]),
      read: async () => (status === undefined ? undefined : state(status)),
      eventsSince: async () =>
        failing.map(({ logicalId }) =>
          event(logicalId, 'DELETE_FAILED', 'did not receive a response. [it].'),
        ),
      delete: async (retain) => {
        deletes.push(retain);
        status = failing.every(({ logicalId }) => retain.includes(logicalId)) ? undefined : 'DELETE_FAILED';
      },
      failedResources: async () => failing,
    };
    const remove = () =>
      removeSettled({ stacks, place: PLACE, state: state(before), wait: said, now: () => new Date(0) });
    return { remove, deletes };
  }

  it('asks once where nothing stands in the way, whatever became of an earlier removal', async () => {
    for (const before of ['UPDATE_COMPLETE', 'DELETE_FAILED', 'ROLLBACK_COMPLETE']) {
      const { remove, deletes } = cloudFormation(before, []);
      expect(await remove()).toEqual({ leftOut: [] });
      expect(deletes).toEqual([[]]);
    }
  });

  it('says the first time what failed and which way out there is, by command too', async () => {
    const { remove, deletes } = cloudFormation('UPDATE_COMPLETE', FAILED);
    await expect(remove()).rejects.toThrow(
      /is DELETE_FAILED\. SweepStarted \(AWS::SQS::Queue\): did not receive a response\. \[it\]\. Mend it, and run this again; if it fails once more, the removal goes on without SweepStarted, as aws cloudformation delete-stack --stack-name \S+ --region \S+ --retain-resources SweepStarted does\.$/,
    );
    expect(deletes).toEqual([[]]);
  });

  it('goes on without a custom resource that fails again', async () => {
    const { remove, deletes } = cloudFormation('DELETE_FAILED', FAILED);
    expect(await remove()).toEqual({ leftOut: ['SweepStarted'] });
    expect(deletes).toEqual([[], ['SweepStarted']]);
  });

  it('leaves out nothing that would stay in the account', async () => {
    const bucket = { logicalId: 'ServerlessDeploymentBucket', type: 'AWS::S3::Bucket' };
    for (const failing of [[bucket], [...FAILED, bucket]]) {
      const { remove, deletes } = cloudFormation('DELETE_FAILED', failing);
      await expect(remove()).rejects.toThrow(/Mend it, and run this again\.$/);
      expect(deletes.flat()).not.toContain(bucket.logicalId);
    }
  });
});

/** Takes what is written for people. */
function captured() {
  let text = '';
  const output = createOutput({
    stdout(part) {
      text += part;
    },
    stderr: () => undefined,
    colours: 'off',
  });
  return { output, written: () => text };
}

/** A release by the command of that version. */
function releaseOf(version: string, policy: Record<string, unknown>) {
  return {
    stage: 'prod',
    place: PLACE,
    accountId: '111122223333',
    inputs: {
      policy: policyOf(policy),
      policyFile: 'peering-policy.yml',
      options: DEFAULT_STACK_OPTIONS,
      warnings: [],
    },
    installation: { root: '/', manifest: { name: 'vpc-peering-autopilot', version } },
  };
}

describe('what people read after an update', () => {
  const nextOf = (changes: readonly ResourceChange[], mode: 'enforce' | 'observe', fingerprint = 'b') => {
    const { output, written } = captured();
    const names = (letter: string) => ({ version: '1.0.0', fingerprint: letter.repeat(64) });
    printNext(output, releaseOf('1.0.0', { mode }), {
      action: 'update',
      before: names('a'),
      after: names(fingerprint),
      changes,
    });
    return written();
  };
  const email = (action: ResourceChange['action']): ResourceChange => ({
    action,
    logicalId: 'NotificationEmail1',
    type: 'AWS::SNS::Subscription',
    replacement: action === 'modify' ? 'yes' : 'no',
  });

  it('is what a first deployment says of confirming, where an address is new or another one', () => {
    expect(nextOf([email('add')], 'observe')).toBe(
      'Next      the new e-mail address gets a mail from AWS Notifications: confirm it there, or nobody is told at it\n',
    );
    expect(nextOf([email('add'), email('modify')], 'enforce')).toMatch(
      /^Next {6}each of 2 new e-mail addresses gets a mail .*: confirm it there.*\n {10}everything is being looked at by the new policy/,
    );
  });

  it('says nothing of mail where no address has to confirm', () => {
    expect(nextOf([email('remove')], 'enforce')).toMatch(/^Next {6}everything is being looked at/);
    expect(nextOf([email('remove')], 'observe')).toBe('');
    expect(nextOf([], 'enforce', 'a')).toBe('');
  });
});

describe('what is shown before a change', () => {
  const shownOf = (
    changes: readonly ResourceChange[],
    action: 'update' | 'unchanged' = 'update',
    version = '1.0.0',
    before: 'a release' | 'the bucket alone' = 'a release',
  ) => {
    const { output, written } = captured();
    const names = { version, fingerprint: 'a'.repeat(64) };
    printPlan(
      output,
      releaseOf('1.1.0', {}),
      {
        action,
        before: before === 'a release' ? names : { version: undefined, fingerprint: undefined },
        after: { ...names, version: '1.1.0' },
        changes,
      },
      { AWSTemplateFormatVersion: '2010-09-09', Description: '', Resources: {}, Outputs: {} },
    );
    return written();
  };

  it('folds functions, and says loudly what is made anew', () => {
    const text = shownOf([
      { action: 'modify', logicalId: 'A', type: 'AWS::Lambda::Function', replacement: 'no' },
      { action: 'modify', logicalId: 'B', type: 'AWS::Lambda::Function', replacement: 'no' },
      { action: 'modify', logicalId: 'Registry', type: 'AWS::DynamoDB::Table', replacement: 'yes' },
      { action: 'remove', logicalId: 'Old', type: 'AWS::SNS::Topic', replacement: 'no' },
    ]);
    expect(text).toContain('Version   1.0.0 → 1.1.0');
    expect(text).toContain('~ 2 functions: code or policy');
    expect(text).toContain('~ Registry (AWS::DynamoDB::Table, made anew)');
    expect(text).toContain('- Old (AWS::SNS::Topic)');
  });

  it('of a first deployment that goes on counts what is made, as for a new stack', () => {
    const added = ['Registry', 'Topic'].map((logicalId) => ({
      action: 'add' as const,
      logicalId,
      type: 'AWS::SNS::Topic',
      replacement: 'no' as const,
    }));
    expect(shownOf(added, 'update', '1.0.0', 'the bucket alone')).not.toContain('+ Registry');
    expect(shownOf(added)).toContain('+ Registry');
  });

  it('says nothing of what nobody asked CloudFormation, but that it was not asked', () => {
    const change = { action: 'modify', logicalId: 'Role', type: 'AWS::IAM::Role' } as const;
    const unasked = shownOf([{ ...change, replacement: 'unknown' }]);
    expect(unasked).toContain('~ Role (AWS::IAM::Role)\n');
    expect(unasked).toContain('only CloudFormation knows');
    expect(shownOf([{ ...change, replacement: 'perhaps' }])).toContain('(AWS::IAM::Role, perhaps made anew)');
    expect(shownOf([{ ...change, replacement: 'no' }])).not.toContain('anew');
  });

  it('says loudly that an older version takes the place of a newer one', () => {
    expect(shownOf([], 'update', '1.2.0')).toMatch(
      /Version {3}1\.2\.0 → 1\.1\.0\n *an older one: version 1\.2\.0/,
    );
    expect(shownOf([], 'update', '1.0.0')).not.toContain('older');
  });

  it('says of a template without a change no more than that, and who looks at the rest', () => {
    const text = shownOf([], 'unchanged');
    expect(text).toContain('Changes   none: the template is the one that is deployed\n');
    expect(text).toMatch(/deleted or changed a part by hand, this does not tell: peering doctor looks/);
    expect(text).not.toContain('should be');
  });

  const planned = (
    policy: Record<string, unknown>,
    action: 'create' | 'update',
    modes: Partial<Record<'before' | 'after', 'observe' | 'enforce'>> = {},
  ) => {
    const { output, written } = captured();
    const names = (mode: 'observe' | 'enforce' | undefined) => ({
      version: '1.1.0',
      fingerprint: 'a'.repeat(64),
      ...(mode === undefined ? {} : { mode }),
    });
    printPlan(
      output,
      releaseOf('1.1.0', policy),
      { action, before: names(modes.before), after: names(modes.after), changes: [] },
      { AWSTemplateFormatVersion: '2010-09-09', Description: '', Resources: {}, Outputs: {} },
    );
    return written();
  };

  it('says what the functions do no longer, and what they begin to do, when the mode changes', () => {
    expect(planned({}, 'update', { before: 'enforce', after: 'observe' })).toMatch(
      /requests wait unanswered, routes are neither written, repaired nor taken back, nothing is pinged\n/,
    );
    expect(planned({}, 'update', { before: 'observe', after: 'enforce' })).toMatch(
      /it begins to act: requests are answered, .*\n +what that comes to now: peering plan/,
    );
    for (const before of ['enforce', undefined] as const) {
      expect(planned({}, 'update', { ...(before && { before }), after: 'enforce' })).not.toMatch(/act/);
    }
  });

  it('says of a new stack that it would be in a Region that the policy does not manage', () => {
    const regions = ['us-east-1', 'us-west-2'];
    expect(planned({ regions }, 'create')).toMatch(
      /^Stack .* in eu-west-1, .*: new\n +eu-west-1 is none of the Regions that the policy manages: .*\n.* --region us-east-1,/,
    );
    expect(planned({ regions }, 'update')).not.toContain('is none of');
    expect(planned({ regions: [...regions, REGION] }, 'create')).not.toContain('is none of');
    expect(planned({ regions: [] }, 'create')).not.toContain('is none of');
  });
});

describe('an older version on a newer stack', () => {
  const names = (version: string | undefined) => ({ version, fingerprint: 'f' });
  const refusal = (
    before: string | undefined,
    asked: { readonly backTo?: string; readonly answer?: VersionAsked['answer'] } = {},
  ) =>
    versionRefusal(
      { before: names(before), after: names('1.1.0') },
      { backTo: asked.backTo, answer: asked.answer ?? 'given', of: 'stack' },
    );

  it('is refused where nobody is asked, with the option that asks for it', () => {
    expect(refusal('1.2.0')).toMatch(/deployed by version 1\.2\.0, .* older 1\.1\.0.*--back-to 1\.1\.0\.$/);
  });

  it.each([
    ['the option names it', '1.2.0', { backTo: '1.1.0' }],
    ['a person is asked', '1.2.0', { answer: 'to be asked' }],
    ['the stack is older', '1.0.0', {}],
    ['it is the same', '1.1.0', {}],
    ['the stack does not say', undefined, {}],
  ] as const)('is taken where %s', (_, before, asked) => {
    expect(refusal(before, asked)).toBeUndefined();
  });

  it('is refused where the option names another version than the command has', () => {
    expect(refusal('1.2.0', { backTo: '1.0.0' })).toContain('npm i -D vpc-peering-autopilot@1.0.0');
  });
});

describe('the files of peering init', () => {
  const regions = fc.uniqueArray(
    fc.constantFrom('us-east-1', 'eu-west-1', 'eu-central-1', 'ap-southeast-2'),
    {
      minLength: 1,
    },
  );
  const first: fc.Arbitrary<FirstPolicy> = fc.record(
    {
      regions,
      accountId: fc.stringMatching(/^[0-9]{12}$/),
      email: fc.constantFrom('a@example.com', 'o+tag@example.co.uk', '1@2.example'),
    },
    { requiredKeys: ['regions'] },
  );

  it('validate, and say what was asked for', () => {
    fc.assert(
      fc.property(first, (given) => {
        const { policy, warnings } = parsePolicy(policyFile(given), 'peering-policy.yml');
        expect([policy.mode, policy.regions, policy.notify.emails]).toEqual([
          'observe',
          given.regions,
          given.email === undefined ? [] : [given.email],
        ]);
        expect(warnings).toEqual([]);
        const stack = parseStackFile(stackFile(given), 'peering-stack.yml');
        expect([stack.account, stack.region]).toEqual([given.accountId, given.regions[0]]);
        expect(parse(policyTestFile(given))).toHaveProperty('cases');
      }),
    );
  });

  it.each(['github', 'gitlab'] as const)(
    'have a pipeline for %s without keys, whose roles trust few',
    (host) => {
      const { text } = pipelineFile(host, { regions: ['eu-west-1'] }, 'prod');
      expect(parse(text)).toBeInstanceOf(Object);
      expect(text).not.toMatch(/AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)|secrets\./);
      const roles = parse(pipelineRolesFile(host, 'prod')) as {
        readonly Resources: Readonly<
          Record<string, { readonly Properties: Readonly<Record<string, unknown>> }>
        >;
      };
      const trusted = (name: string) =>
        JSON.stringify(roles.Resources[name]?.Properties.AssumeRolePolicyDocument);
      expect(trusted('DeployRole')).not.toContain('*');
      expect(trusted('DeployRole')).toMatch(host === 'github' ? /environment:peering/ : /ref:main/);
      expect(JSON.stringify(roles.Resources.PlanRole?.Properties.Policies)).not.toMatch(
        /:(Create|Update|Delete|Put|Execute|Accept|Modify)[A-Z]/,
      );
    },
  );

  it.each(['github', 'gitlab'] as const)(
    'have a pipeline for %s that works on the stage it was asked for, and on no other',
    (host) => {
      const commands = (stage: string) =>
        [...pipelineFile(host, { regions: ['eu-west-1'] }, stage).text.matchAll(/npx peering [^>\n]*/g)].map(
          ([line]) => line.trim(),
        );
      expect(commands('dev').filter((line) => !line.includes('--stage dev'))).toEqual([]);
      expect(commands('dev').map((line) => line.replace(' --stage dev', ''))).toEqual(commands('prod'));
      expect(commands('prod').join()).not.toContain('--stage');
    },
  );

  it.each(['github', 'gitlab'] as const)('have for %s nothing that two stages have in common', (host) => {
    const first = { regions: ['eu-west-1'] };
    const [prod, dev] = ['prod', 'dev'].map((stage) => ({
      pipeline: pipelineFile(host, first, stage),
      roles: pipelineRolesFile(host, stage),
    }));
    const namesIn = (text = '') => [
      ...text.matchAll(
        /RoleName: (\S+)|stack-name (\S+)|template-file (\S+)|group: (\S+)|environment: (\S+)|(PEERING_\w+)/g,
      ),
    ];
    const names = (each: typeof prod) =>
      new Set(
        [...namesIn(each?.roles), ...namesIn(each?.pipeline.text)]
          .map((found) => found.slice(1).find((name) => name !== undefined) ?? '')
          .filter((name) => name !== 'PEERING_NOTE_TOKEN'),
      );
    expect(names(prod).size).toBeGreaterThan(5);
    expect([...names(prod)].filter((name) => names(dev).has(name))).toEqual([]);
    expect(prod?.pipeline.path).not.toBe(dev?.pipeline.path);
    const keys = (each: typeof prod) => Object.keys(parse(each?.pipeline.text ?? ''));
    if (host === 'gitlab') {
      // GitLab joins all files: jobs of one name would become one, and what is said for all jobs would be of others too.
      expect(keys(prod).filter((key) => keys(dev).includes(key))).toEqual([]);
      expect([...keys(prod), ...keys(dev)].filter((key) => !/^\.?peering/.test(key))).toEqual([]);
    }
    const trusted = JSON.stringify(parse(dev?.roles ?? '').Resources.DeployRole);
    expect(trusted).toMatch(host === 'github' ? /environment:peering-dev"/ : /ref:main/);
  });
});

describe('the file that GitLab reads', () => {
  it('includes the jobs of every stage', () => {
    const { stages, include } = parse(GITLAB_ENTRY.text) as {
      readonly stages: readonly string[];
      readonly include: readonly { readonly local: string }[];
    };
    const { path, text } = pipelineFile('gitlab', { regions: ['eu-west-1'] }, 'dev');
    expect(
      include.map(
        ({ local }) => path.startsWith(local.replace('*.yml', '')) && /^[^*]+\/\*\.yml$/.test(local),
      ),
    ).toEqual([true]);
    const jobs = Object.values(parse(text) as Readonly<Record<string, { readonly stage?: string }>>);
    expect(jobs.flatMap(({ stage = [] }) => stage)).toEqual(stages);
    expect(missingInGitlabEntry(GITLAB_ENTRY.text)).toBeUndefined();
  });

  it('of somebody else gets told what it lacks', () => {
    expect(missingInGitlabEntry('stages: [build]\n')).toContain("local: '.gitlab/peering/*.yml'");
  });
});

describe('the place that peering-stack.yml names', () => {
  const here = { accountId: '111122223333', region: REGION };

  it.each([
    ['nothing', {}, undefined],
    ['this account and Region', { account: here.accountId, region: REGION }, undefined],
    ['another account', { account: '210987654321' }, 'belongs to 210987654321'],
    ['another Region', { region: 'us-east-1' }, 'is in us-east-1, not in eu-west-1'],
  ])('that is %s', (_, options, says) => {
    const refusal = placeRefusal(options, here);
    if (says === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(says);
  });
});

describe('a stage', () => {
  it.each(['prod', 'test-2', 'a'])('may be %s', (stage) => {
    expect(validated('stage', stage, FORMS.stage)).toBe(stage);
  });

  it.each(['-x', 'x-', '-', '1st', 'a_b', '../x', 'a'.repeat(33)])('is not %s', (stage) => {
    expect(() => validated('stage', stage, FORMS.stage)).toThrow('begins with a letter');
  });
});

describe('own routes', () => {
  const table = (target: string, destination = '10.2.0.0/16') => ({
    region: REGION,
    routeTableId: 'rtb-1',
    vpcId: 'vpc-1',
    tags: {},
    associations: [],
    routes: [
      {
        destination,
        target: { kind: 'peering' as const, id: target },
        state: 'active' as const,
        origin: 'CreateRoute' as const,
      },
    ],
  });
  const own = new Map([['rtb-1', new Map([['10.2.0.0/16', { peeringId: 'pcx-1', rule: 'own' }]])]]);

  it('are those that still lead where they were written to', () => {
    expect(ownRoutesInPlace(own, [table('pcx-1')])).toEqual([
      { region: REGION, routeTableId: 'rtb-1', destination: '10.2.0.0/16', peeringId: 'pcx-1' },
    ]);
  });

  it('are not those that somebody turned elsewhere, or made besides', () => {
    expect(ownRoutesInPlace(own, [table('pcx-2')])).toEqual([]);
    expect(ownRoutesInPlace(own, [table('pcx-1', '10.2.3.0/24')])).toEqual([]);
  });
});
