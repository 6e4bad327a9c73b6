import { setTimeout as sleep } from 'node:timers/promises';
import { agrees } from '../agree.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { type AskedStack, askedStack } from '../release/asked.ts';
import { builtCode } from '../release/code.ts';
import {
  bucketOf,
  carryOut,
  compareTemplates,
  create,
  type Deployed,
  type Deployment,
  type DeployPlan,
  goesBack,
  planCreation,
  prepareUpdate,
  readDeployed,
  releaseNames,
  versionRefusal,
} from '../release/deploy.ts';
import { printClashes, printNext, printPlan } from '../release/deploy-text.ts';
import { clashesBeside, refuseElsewhere } from '../release/elsewhere.ts';
import { FORMS, validated } from '../release/forms.ts';
import { packageRelease } from '../release/package.ts';
import { CLASH_REMEDY, type Clash, clashText } from '../release/route-writing.ts';
import { createStacks, type StackState } from '../release/stacks.ts';
import type { ExitCode, Invocation, Verb } from '../verb.ts';

/** Said from the moment on at which something is begun. */
const GOES_ON =
  'What CloudFormation has begun goes on there. Run peering deploy again: it waits for the end, and mends what is half done.';

/** The code may be in the bucket, and a change set there that nobody carries out. */
const PREPARED =
  'The stack was not changed. What was uploaded or prepared for it may be left; the next peering deploy takes its place.';

/** With the stacks that would write the same route tables. */
interface DeploymentBeside extends Deployment {
  readonly clashes: readonly Clash[];
}

function deploymentOf(invocation: Invocation, asked: AskedStack): Deployment {
  const { options, progress } = invocation;
  const { root, manifest } = asked.installation;
  const bucket =
    options.bucket === undefined ? {} : { name: validated('bucket', options.bucket, FORMS.bucket) };
  return {
    ...asked,
    stacks: createStacks(asked.place),
    release: packageRelease({
      inputs: asked.inputs,
      stage: asked.stage,
      codeDirectory: builtCode(root),
      version: manifest.version,
      bucket: bucket.name === undefined ? { kind: 'own' } : { kind: 'parameter', ...bucket },
    }),
    ...(bucket.name === undefined ? {} : { bucket: bucket.name }),
    wait: {
      progress: (line) => progress.step(line),
      sleep: async (milliseconds) => {
        await sleep(milliseconds);
      },
    },
    now: () => new Date(),
  };
}

function documentOf(
  { place, accountId, stage }: AskedStack,
  plan: DeployPlan,
  state: StackState | undefined,
): Document<'deploy'> {
  const names = ({ version, fingerprint }: DeployPlan['before']) => ({
    version: version ?? null,
    fingerprint: fingerprint ?? null,
  });
  return {
    stack: place.name,
    region: place.region,
    accountId,
    stage,
    action: plan.action,
    before: names(plan.before),
    after: names(plan.after),
    changes: plan.changes.map((change) => ({ ...change })),
    applied: state !== undefined,
    outputs: Object.fromEntries(state?.outputs ?? []),
  };
}

function show(
  { options, output, progress }: Invocation,
  asked: AskedStack,
  { release, clashes }: DeploymentBeside,
  plan: DeployPlan,
): void {
  progress.done();
  if (options.json) {
    for (const clash of clashes) output.note(`note: ${clashText(clash)} ${CLASH_REMEDY}`);
    return;
  }
  printPlan(output, asked, plan, release.template);
  printClashes(output, clashes);
}

/** The new stack, or undefined where the person does not agree. */
async function createAsked(
  invocation: Invocation,
  asked: AskedStack,
  deployment: DeploymentBeside,
): Promise<readonly [DeployPlan, StackState | undefined]> {
  const plan = planCreation(deployment);
  await refuseElsewhere(asked, (text) => invocation.output.note(text));
  show(invocation, asked, deployment, plan);
  const yes = await agrees(invocation, 'Make this stack?', 'peering deploy --dry-run');
  invocation.ifInterrupted(GOES_ON);
  return [plan, yes ? await create(deployment) : undefined];
}

/** Before anything is uploaded. @throws CliError for an older version that nobody asked for. */
function requireVersion(
  { options }: Invocation,
  { release }: Deployment,
  template: Deployed['template'],
): void {
  const names = { before: releaseNames(template), after: releaseNames(release.template) };
  const refusal = versionRefusal(names, {
    backTo: options['back-to'],
    answer: options.yes ? 'given' : 'to be asked',
    of: 'stack',
  });
  if (refusal !== undefined) throw new CliError(refusal);
}

async function updateAsked(
  invocation: Invocation,
  asked: AskedStack,
  deployment: DeploymentBeside,
  state: StackState,
  template: Deployed['template'],
): Promise<readonly [DeployPlan, StackState | undefined]> {
  requireVersion(invocation, deployment, template);
  invocation.ifInterrupted(PREPARED);
  const prepared = await prepareUpdate(deployment, { state, template });
  const { plan, changeSet } = prepared;
  show(invocation, asked, deployment, plan);
  if (plan.action === 'unchanged') {
    return [plan, undefined];
  }
  let yes = false;
  try {
    yes = await agrees(
      invocation,
      goesBack(plan) ? `Go back to version ${plan.after.version}?` : 'Carry this out?',
      'peering deploy --dry-run',
    );
  } finally {
    if (!yes) await deployment.stacks.discard(changeSet);
  }
  invocation.ifInterrupted(GOES_ON);
  return [plan, yes ? await carryOut(deployment, prepared) : undefined];
}

async function dryRun(
  invocation: Invocation,
  asked: AskedStack,
  deployment: DeploymentBeside,
  { state, template }: Deployed,
): Promise<ExitCode> {
  if (state === undefined) {
    await refuseElsewhere(asked, (text) => invocation.output.note(text));
  } else {
    // Says what a deployment would refuse.
    bucketOf(deployment, state);
  }
  const plan = compareTemplates(deployment, template);
  show(invocation, asked, deployment, plan);
  if (invocation.options.json) {
    invocation.output.json(documentOf(asked, plan, undefined));
  } else {
    invocation.output.line('\nNothing was changed (--dry-run).');
  }
  return plan.action === 'unchanged' ? 0 : 2;
}

/** Makes or updates the stack of this account, after showing what will change. */
export const run: Verb['run'] = async (invocation): Promise<ExitCode> => {
  const { options, output, progress, ifInterrupted } = invocation;
  if (options['dry-run'] && options.yes) {
    throw new CliError('--dry-run changes nothing, so --yes has no use. Leave one of them out.');
  }
  ifInterrupted('Nothing was changed.');
  progress.step('reading the stack');
  const asked = await askedStack(invocation);
  const made = deploymentOf(invocation, asked);
  const deployed = await readDeployed(made);
  const deployment = { ...made, clashes: await clashesBeside(asked, (text) => output.note(text)) };
  if (options['dry-run']) {
    return dryRun(invocation, asked, deployment, deployed);
  }
  const [plan, state] =
    deployed.state === undefined
      ? await createAsked(invocation, asked, deployment)
      : await updateAsked(invocation, asked, deployment, deployed.state, deployed.template);
  progress.done();
  if (options.json) {
    output.json(documentOf(asked, plan, state));
  } else if (state !== undefined) {
    output.line(`\nDone: the stack ${asked.place.name} is deployed.`);
    printNext(output, asked, plan);
  }
  return plan.action === 'unchanged' || state !== undefined ? 0 : 1;
};
