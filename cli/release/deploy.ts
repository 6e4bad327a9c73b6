import { classifyAwsError, inAwsWords } from '../../lib/model/aws-error.ts';
import { fieldsOf } from '../../lib/model/json.ts';
import { urlSuffixOf } from '../../lib/policy/regions.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { VERSION_OUTPUT } from '../../resources/messaging.ts';
import {
  bucketTemplate,
  CODE_BUCKET,
  POLICY_METADATA,
  type StackTemplate,
} from '../../resources/stack-template.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { bucketPlace, publish, readBucket } from './bucket.ts';
import type { ResourceChange } from './change-set.ts';
import { sha256 } from './code.ts';
import type { ReleaseInputs } from './inputs.ts';
import type { ReleasePackage } from './package.ts';
import { belongsToProduct, conditionOf } from './stack-condition.ts';
import type { StackPlace, StackState, Stacks } from './stacks.ts';
import { fingerprintOf, sameOutputs, type Template, templateChanges } from './template.ts';
import { isOlder } from './version-order.ts';
import { requireWorked, settled, type WaitOptions, waits } from './wait.ts';

/** Brings the stack to what a package says, as `serverless deploy` does: the bucket first, then all else. */

/** What is there now. */
export interface Deployed {
  readonly state: StackState | undefined;
  readonly template: Template | undefined;
}

/** What of a template says which release it is; undefined where it says nothing. */
export interface ReleaseNames {
  readonly version: string | undefined;
  readonly fingerprint: string | undefined;
  /** Of the policy inside; left out where the template does not have it. */
  readonly mode?: Policy['mode'];
}

export interface DeployPlan {
  readonly action: 'create' | 'update' | 'unchanged';
  readonly before: ReleaseNames;
  readonly after: ReleaseNames;
  /** Of an update. For a new stack, all of it is new. */
  readonly changes: readonly ResourceChange[];
}

export interface Deployment {
  readonly stacks: Stacks;
  readonly place: StackPlace;
  readonly accountId: string;
  readonly stage: string;
  readonly inputs: Pick<ReleaseInputs, 'policy' | 'options'>;
  readonly release: ReleasePackage;
  /** A bucket that is there, for the code; left out: the stack has one of its own. */
  readonly bucket?: string;
  readonly wait: WaitOptions;
  readonly now: () => Date;
}

/** As the framework tags it, so that going over to it changes nothing. */
function tagsOf({ stage, inputs }: Pick<Deployment, 'stage' | 'inputs'>): Readonly<Record<string, string>> {
  return { STAGE: stage, ...inputs.options.tags };
}

export function releaseNames(template: Template | StackTemplate | undefined): ReleaseNames {
  const version = template?.Outputs?.[VERSION_OUTPUT]?.Value;
  const { mode } = fieldsOf(template?.Metadata?.[POLICY_METADATA]);
  return {
    version: typeof version === 'string' ? version : undefined,
    fingerprint: template === undefined ? undefined : fingerprintOf(template),
    ...(mode === 'enforce' || mode === 'observe' ? { mode } : {}),
  };
}

/**
 * Reads the stack; where something is under way with it, for instance after a Ctrl-C, when that has ended.
 *
 * @throws CliError for a stack that is somebody else's, and for one that cannot be updated.
 */
export async function readDeployed({ stacks, place, wait, now }: Deployment): Promise<Deployed> {
  const { name, region } = place;
  let state = await stacks.read();
  const found = conditionOf(state, name, region);
  if (found.kind === 'busy') {
    wait.progress(`waiting: ${found.says}`);
    state = await settled(stacks, place, now(), wait);
  }
  const condition = conditionOf(state, name, region);
  if (condition.kind === 'stuck') {
    throw new CliError(`${condition.says} ${condition.remedy}`);
  }
  if (condition.kind === 'absent') {
    return { state: undefined, template: undefined };
  }
  const template = await stacks.template();
  if (!belongsToProduct(template)) {
    throw new CliError(
      `The stack ${name} in ${region} is not of this product: somebody else took the name. Choose another --stage, or another Region.`,
    );
  }
  return { state, template };
}

/** What CloudFormation says where another deployment was faster (CloudFormation API reference, errors of these calls). */
const OVERTAKEN =
  /^(AlreadyExists|ChangeSetNotFound|InvalidChangeSetStatus|OperationInProgress)(Exception)?$/;

function wasOvertaken(error: unknown): boolean {
  const { code, message } = classifyAwsError(error);
  return OVERTAKEN.test(code) || (code === 'ValidationError' && /_IN_PROGRESS state/.test(message));
}

/** @throws CliError that says what to do, where somebody else deploys the same stack at this moment. */
async function unlessOvertaken<Answer>(
  { name, region }: StackPlace,
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (!wasOvertaken(error)) throw error;
    throw new CliError(
      `Another deployment of the stack ${name} in ${region} came in between, so this one stops: ${shown(inAwsWords(error), 300)} Run peering deploy again: it waits for the other's end, and shows anew what would change.`,
      { cause: error },
    );
  }
}

/** CloudFormation takes templates larger than 51,200 bytes only from S3, by this form of address. */
function templateUrl(bucket: string, key: string, region: string): string {
  return `https://${bucket}.s3.${region}.${urlSuffixOf(region)}/${key}`;
}

/** @returns the stack, once it is made. @throws CliError with what failed first. */
async function make(
  { stacks, place, wait, now, ...deployment }: Deployment,
  input: { readonly template: StackTemplate; readonly templateUrl?: string },
): Promise<StackState> {
  const since = now();
  await unlessOvertaken(place, () => stacks.create({ ...input, tags: tagsOf(deployment) }));
  return requireWorked(stacks, place, since, await settled(stacks, place, since, wait));
}

/** The bucket that the stack's code is in. @throws CliError where it is another one than is asked for. */
export function bucketOf({ place, bucket }: Deployment, { outputs }: StackState): string {
  const own = outputs.get(`${CODE_BUCKET}Name`);
  if (own !== undefined && bucket !== undefined) {
    throw new CliError(
      `The stack ${place.name} has a bucket of its own, ${own}, which would be deleted with its code in it. Leave --bucket out, or remove the stack first; routes stay.`,
    );
  }
  const found = bucket ?? own;
  if (found === undefined) {
    throw new CliError(
      `The stack ${place.name} has no bucket of its own: it was deployed with one that was there. Name that: --bucket BUCKET.`,
    );
  }
  return found;
}

/** Puts the package into the bucket. @returns where the template lies. */
async function upload(
  { place: { region }, accountId, release, wait, bucket: ownBucket }: Deployment,
  bucket: string,
): Promise<string> {
  wait.progress(`uploading to s3://${bucket}`);
  const place = bucketPlace(bucket, accountId, region);
  // Of a bucket that is not the stack's, it may be missing, somebody else's, or in another Region.
  if (ownBucket !== undefined) {
    await readBucket(place);
  }
  await publish(place, release.objects, 'missing objects');
  return templateUrl(bucket, release.templateKey, region);
}

/** A name that an interrupted run does not stand in the way of: it is that of what it would do. */
function changeSetName({ release }: Deployment): string {
  return `peering-${sha256(release.templateKey).slice(0, 16)}`;
}

/** A prepared update, which nobody has carried out yet. */
export interface Prepared {
  readonly plan: DeployPlan;
  readonly changeSet: string;
}

/** @returns what would change; undefined for nothing at all. */
async function changeSetOf(
  deployment: Deployment,
  state: StackState,
): Promise<DeployPlan['changes'] | undefined> {
  const { stacks, place, release, wait } = deployment;
  const templateUrl = await upload(deployment, bucketOf(deployment, state));
  const name = changeSetName(deployment);
  // Left by an interrupted run, made against the stack as it was then.
  await stacks.discard(name);
  wait.progress('asking CloudFormation what would change');
  await unlessOvertaken(place, () =>
    stacks.prepare({ name, templateUrl, template: release.template, tags: tagsOf(deployment) }),
  );
  const pauses = waits();
  for (;;) {
    const { status, reason, changes } = await unlessOvertaken(place, () => stacks.changeSet(name));
    switch (status) {
      case 'ready':
        return changes;
      case 'nothing to change':
        await stacks.discard(name);
        return undefined;
      case 'failed':
        await stacks.discard(name);
        throw new CliError(
          `CloudFormation refuses the change of stack ${place.name}: ${reason ?? 'it does not say why'}.`,
        );
      case 'being made':
        await wait.sleep(pauses.next().value);
    }
  }
}

/** Whether an older version takes the place of a newer one. */
export function goesBack({ before, after }: Pick<DeployPlan, 'before' | 'after'>): boolean {
  return isOlder(after.version, before.version);
}

/** What was said about the version, before anybody was asked. */
export interface VersionAsked {
  /** As `--back-to` gives it. */
  readonly backTo: string | undefined;
  /** `--yes`, or nobody to ask. */
  readonly answer: 'given' | 'to be asked';
  /** What carries the version. */
  readonly of: 'stack' | 'StackSet';
}

/**
 * An older command on a newer stack is mostly one that nobody brought up to date; going back has to be meant.
 *
 * @returns why nothing is deployed; undefined where it may go on.
 */
export function versionRefusal(
  { before, after }: Pick<DeployPlan, 'before' | 'after'>,
  { backTo, answer, of }: VersionAsked,
): string | undefined {
  if (backTo !== undefined && backTo !== after.version) {
    return `--back-to ${shown(backTo, 40)} is not the version of this command, which is ${after.version ?? 'unknown'}. Install that version first: npm i -D vpc-peering-autopilot@${shown(backTo, 40)}.`;
  }
  return goesBack({ before, after }) && backTo === undefined && answer === 'given'
    ? `The ${of} was deployed by version ${before.version}, and this command is the older ${after.version}, so nothing was changed. Install that version or a newer one; or, to go back, say so: --back-to ${after.version}.`
    : undefined;
}

/** What creating the stack would do. */
export function planCreation({ release }: Deployment): DeployPlan {
  return {
    action: 'create',
    before: releaseNames(undefined),
    after: releaseNames(release.template),
    changes: [],
  };
}

/** What an update would do, by the templates alone: nothing is uploaded or asked for. */
export function compareTemplates({ release }: Deployment, before: Template | undefined): DeployPlan {
  const { added, changed, removed } = templateChanges(before, release.template);
  const change = (action: ResourceChange['action']) => (logicalId: string) => ({
    action,
    logicalId,
    type: release.template.Resources[logicalId]?.Type ?? before?.Resources[logicalId]?.Type ?? '',
    replacement: action === 'modify' ? ('unknown' as const) : ('no' as const),
  });
  const changes = [
    ...added.map(change('add')),
    ...changed.map(change('modify')),
    ...removed.map(change('remove')),
  ];
  const isSame = changes.length === 0 && sameOutputs(before, release.template);
  return {
    action: before === undefined ? 'create' : isSame ? 'unchanged' : 'update',
    before: releaseNames(before),
    after: releaseNames(release.template),
    changes: before === undefined ? [] : changes,
  };
}

/** Uploads, and has CloudFormation say what it would do. */
export async function prepareUpdate(
  deployment: Deployment,
  { state, template }: { readonly state: StackState; readonly template: Template | undefined },
): Promise<Prepared> {
  const changes = await changeSetOf(deployment, state);
  return {
    changeSet: changeSetName(deployment),
    plan: {
      action: changes === undefined ? 'unchanged' : 'update',
      before: releaseNames(template),
      after: releaseNames(deployment.release.template),
      changes: changes ?? [],
    },
  };
}

/** Carries a prepared update out, and waits. @throws CliError with what failed first. */
export async function carryOut(deployment: Deployment, { changeSet }: Prepared): Promise<StackState> {
  const { stacks, place, wait, now } = deployment;
  const since = now();
  wait.progress('updating the stack');
  await unlessOvertaken(place, () => stacks.execute(changeSet));
  return requireWorked(stacks, place, since, await settled(stacks, place, since, wait));
}

/** Makes the whole stack: in one step from a bucket that is there, else its own bucket first. */
export async function create(deployment: Deployment): Promise<StackState> {
  const { inputs, stage, release, wait, bucket } = deployment;
  if (bucket !== undefined) {
    const templateUrl = await upload(deployment, bucket);
    wait.progress('making the stack');
    return make(deployment, { template: release.template, templateUrl });
  }
  wait.progress('making the bucket for the functions');
  const state = await make(deployment, { template: bucketTemplate({ ...inputs, stage }) });
  const prepared = await prepareUpdate(deployment, { state, template: undefined });
  return prepared.plan.action === 'unchanged' ? state : carryOut(deployment, prepared);
}
