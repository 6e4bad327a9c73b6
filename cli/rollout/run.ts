import { resolve } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { createClient } from '../../lib/aws/clients.ts';
import {
  isPolicyFolder,
  policiesAtStage,
  policyInFolder,
  readPolicyFolder,
} from '../../lib/policy/policy-folder.ts';
import { urlSuffixOf } from '../../lib/policy/regions.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { CliError } from '../errors.ts';
import { type Output, shown } from '../output.ts';
import { bucketPlace, publish, readBucket, type UploadedObject } from '../release/bucket.ts';
import { type AccessProblem, accessProblems, readStatement } from '../release/bucket-access.ts';
import { builtCode } from '../release/code.ts';
import { goesBack, type ReleaseNames, releaseNames, versionRefusal } from '../release/deploy.ts';
import { readInputs } from '../release/inputs.ts';
import { installation } from '../release/installation.ts';
import { arnRefusal } from '../release/other-region.ts';
import { packageRelease } from '../release/package.ts';
import { callerAccount } from '../source/live.ts';
import type { RemovalArguments, RolloutArguments } from './arguments.ts';
import { carryOut, type StepOutcome, type WaitOptions, worked } from './operations.ts';
import { createOrganization } from './organization.ts';
import { commandOf, planRemoval, planRollout, type RolloutPlan } from './plan.ts';
import { readStackSet } from './read-stack-set.ts';
import { createStackSets, type StackSets } from './stack-sets.ts';
import {
  printCommands,
  printOutcomes,
  printRemoval,
  printRollout,
  type RolloutText,
  whatStays,
} from './text.ts';

export interface RunOptions extends WaitOptions {
  readonly output: Output;
  /** Says what Ctrl-C leaves from now on. */
  ifInterrupted(says: string): void;
}

export interface RolloutOptions extends RunOptions {
  /** The policy of all accounts, or a folder. */
  readonly policyPlace: string;
}

const TRUSTED_ACCESS_OFF =
  'Trusted access for StackSets is off. In the management account: aws cloudformation activate-organizations-access';

/** CloudFormation takes templates larger than 51,200 bytes only from S3, by this form of address. */
function templateUrl(bucket: string, key: string, region: string): string {
  return `https://${bucket}.s3.${region}.${urlSuffixOf(region)}/${key}`;
}

async function requireTrustedAccess(stackSets: StackSets): Promise<void> {
  if ((await stackSets.trustedAccess()) === 'disabled') {
    throw new CliError(TRUSTED_ACCESS_OFF);
  }
}

const NOTHING_CHANGED = 'Nothing was changed in CloudFormation.';

/** Of a run that has begun to change something. */
function goesOn(again: string): string {
  return `What CloudFormation has begun goes on there. Run ${again} again: it waits for the end, and does what is left.`;
}

function exitCode(outcomes: readonly StepOutcome[]): 0 | 1 {
  return outcomes.every(worked) ? 0 : 1;
}

interface Versions {
  readonly before: ReleaseNames;
  readonly after: ReleaseNames;
}

/** A rollout whose package is published, and what making the StackSet run it takes. */
interface Prepared {
  readonly plan: RolloutPlan;
  readonly policy: Policy;
  /** Of the StackSet as it is, and of this command. */
  readonly versions: Versions;
  readonly templateKey: string;
  readonly uploads: readonly UploadedObject[];
  readonly accounts: RolloutText['accounts'];
  readonly problems: readonly AccessProblem[];
  /** What the bucket's policy lacks; undefined when nothing. */
  readonly statement: object | undefined;
  readonly remarks: readonly string[];
  readonly commands: readonly string[];
}

/**
 * The file that all accounts run: of a folder the one of the stage. A StackSet has one template, with one policy inside.
 *
 * @throws CliError for a folder in which accounts differ, PolicyError for one without a policy for the stage.
 */
export function policyOfAll(place: string, stage: string): string {
  if (!isPolicyFolder(place)) {
    return place;
  }
  const folder = readPolicyFolder(place);
  const own = policiesAtStage(folder, stage).find(({ accountId }) => accountId !== undefined);
  if (own !== undefined) {
    throw new CliError(
      `A StackSet brings one policy to all accounts, so ${shown(own.file, 200)} would not be deployed. Limit rules with local.accounts instead, or deploy that account by itself and keep its policy in another folder.`,
    );
  }
  return policyInFolder(folder, { stage }).file;
}

function unitsThatAreMissing(units: readonly string[], accounts: Prepared['accounts']): AccessProblem[] {
  return units
    .filter((unit) => accounts.get(unit) === 'not there')
    .map((unit) => ({
      severity: 'blocks',
      says: `There is no organizational unit or root ${unit}. See aws organizations list-organizational-units-for-parent --parent-id r-...`,
    }));
}

function remarksOnVersions(versions: Versions): string[] {
  const { before, after } = versions;
  return goesBack(versions)
    ? [
        `the StackSet was deployed by version ${before.version}, and this command is the older ${after.version}: its accounts would go back to it. --apply takes that only with --back-to ${after.version}.`,
      ]
    : [];
}

/** How many accounts each unit has that the plan names. */
async function accountsOf(
  { organizationalUnits: { added, kept } }: RolloutPlan,
  organization: ReturnType<typeof createOrganization>,
): Promise<Prepared['accounts']> {
  const counted = [...added, ...kept].map(
    async (unit) => [unit, await organization.accountsIn(unit)] as const,
  );
  return new Map(await Promise.all(counted));
}

/** Before anything is uploaded. @throws CliError for an older version that nobody asked for. */
function requireVersion({ backTo, mode }: RolloutArguments, versions: Versions): void {
  const refusal = versionRefusal(versions, {
    backTo,
    // Commands that are printed are carried out by somebody who has read the note beside them.
    answer: mode === 'apply' ? 'given' : 'to be asked',
    of: 'StackSet',
  });
  if (refusal !== undefined) throw new CliError(refusal);
}

/** Reads what is there, packages the stack, plans, and uploads the package. */
async function prepareRollout(
  args: RolloutArguments,
  stackSets: StackSets,
  { output, progress, sleep, policyPlace }: RolloutOptions,
): Promise<Prepared> {
  const { region, bucket, stage } = args;
  const named = resolve(policyPlace);
  const { root, manifest } = installation();
  const { accountId: caller } = await callerAccount(region);
  const inputs = await readInputs({
    place: policyOfAll(named, stage),
    stage,
    manifest,
    callerAccount: async () => caller,
  });
  const { policy, policyFile, warnings } = inputs;
  const refusal = arnRefusal(region, inputs);
  if (refusal !== undefined) throw new CliError(refusal);
  if (policyFile !== named) output.note(`The policy is ${shown(policyFile, 200)}`);
  for (const warning of warnings) output.note(warning);

  const organization = createOrganization(createClient(OrganizationsClient, { region }), region);
  const place = bucketPlace(bucket, args.bucketOwner ?? caller, region);
  progress(`reading s3://${bucket}`);
  const facts = await readBucket(place);
  const organizationId = (await organization.id()) ?? policy.trust.organization;
  const access = accessProblems(facts, { organizationId, region });
  await requireTrustedAccess(stackSets);
  const { state, remarks } = await readStackSet(stackSets, args.mode, { progress, sleep });

  progress('packaging the stack');
  const release = packageRelease({
    inputs,
    stage,
    codeDirectory: builtCode(root),
    version: manifest.version,
    bucket: { kind: 'parameter' },
  });
  const versions = { before: releaseNames(state?.template), after: releaseNames(release.template) };
  const plan = planRollout(state, {
    ...args,
    template: release.template,
    templateUrl: templateUrl(bucket, release.templateKey, region),
  });
  requireVersion(args, versions);
  progress('counting accounts');
  const accounts = await accountsOf(plan, organization);

  progress(`uploading to s3://${bucket}`);
  const uploads = await publish(place, release.objects, args.upload);
  return {
    plan,
    policy,
    versions,
    templateKey: release.templateKey,
    uploads,
    accounts,
    problems: [...access, ...unitsThatAreMissing(plan.organizationalUnits.added, accounts)],
    statement: access.length > 0 ? readStatement(bucket, organizationId ?? 'o-...', region) : undefined,
    remarks: [
      ...remarksOn(policy.trust.organization, { organizationId, mode: policy.mode, plan: plan.action }),
      ...remarksOnVersions(versions),
      ...remarks,
    ],
    commands: plan.steps.map((step) => commandOf(step, region)),
  };
}

function showRollout(
  output: Output,
  { name, region, bucket, mode }: RolloutArguments,
  prepared: Prepared,
): void {
  const { plan, policy, versions, uploads, accounts, problems, statement, remarks, commands } = prepared;
  printRollout(output, {
    plan,
    name,
    region,
    bucket,
    uploads,
    versions: { before: versions.before.version, after: versions.after.version },
    mode: policy.mode,
    rules: policy.rules.length,
    accounts,
  });
  for (const { says } of problems) output.line(`${output.paint('Problem   ', 'red')}${says}`);
  if (statement !== undefined) {
    output.line('          This statement in the bucket policy lets them (aws s3api put-bucket-policy):');
    output.line(`          ${JSON.stringify(statement)}`);
  }
  for (const remark of remarks) output.line(`${output.paint('Note      ', 'yellow')}${remark}`);
  if (mode === 'print') printCommands(output, commands);
}

function rolloutDocument(
  { name, region, bucket }: RolloutArguments,
  {
    plan,
    policy,
    versions,
    templateKey,
    uploads,
    accounts,
    problems,
    statement,
    remarks,
    commands,
  }: Prepared,
  { applied, operations }: { readonly applied: boolean; readonly operations: readonly StepOutcome[] },
): object {
  return {
    stackSet: name,
    region,
    action: plan.action,
    package: { bucket, templateKey, objects: uploads },
    policy: {
      mode: policy.mode,
      fingerprint: plan.fingerprint.after,
      before: plan.fingerprint.before ?? null,
    },
    version: { before: versions.before.version ?? null, after: versions.after.version ?? null },
    resources: plan.resources,
    organizationalUnits: {
      ...plan.organizationalUnits,
      accounts: Object.fromEntries(
        [...accounts].map(([unit, count]) => [unit, typeof count === 'number' ? count : null]),
      ),
    },
    notCurrent: plan.notCurrent,
    problems,
    bucketPolicyStatement: statement ?? null,
    notes: remarks,
    commands,
    applied,
    operations,
  };
}

/**
 * Publishes the package, then prints or carries out what makes the StackSet run it.
 * @throws PolicyError, CliError, AwsCallError, TemplateError
 */
export async function runRollout(args: RolloutArguments, options: RolloutOptions): Promise<0 | 1> {
  const { output, progress, sleep, ifInterrupted } = options;
  const { name, region, callAs } = args;
  ifInterrupted(NOTHING_CHANGED);
  const stackSets = createStackSets(createClient(CloudFormationClient, { region }), { name, region, callAs });
  const prepared = await prepareRollout(args, stackSets, options);
  const { steps } = prepared.plan;
  const isBlocked = prepared.problems.some(({ severity }) => severity === 'blocks');
  const applied = args.mode === 'apply' && !isBlocked;
  if (args.format === 'text') showRollout(output, args, prepared);

  if (applied) ifInterrupted(goesOn('the same peering rollout'));
  const operations = applied ? await carryOut(stackSets, steps, { progress, sleep }) : [];
  if (args.format === 'json') {
    output.json(rolloutDocument(args, prepared, { applied, operations }));
  } else if (applied) {
    if (steps.length === 0) output.line('\nNothing to do.');
    else printOutcomes(output, operations);
  }
  if (args.mode === 'apply' && isBlocked) {
    throw new CliError(
      'Nothing was changed in CloudFormation: solve what is named above as a problem first, then run this again.',
    );
  }
  return exitCode(operations);
}

/** What is allowed and easy to overlook when one policy goes to many accounts. */
function remarksOn(
  trusted: string | undefined,
  {
    organizationId,
    mode,
    plan,
  }: { readonly organizationId: string | undefined; readonly mode: string; readonly plan: string },
): string[] {
  const remarks: string[] = [];
  if (trusted === undefined) {
    remarks.push(
      `trust.organization is not in the policy${organizationId === undefined ? '' : ` (it would be ${shown(organizationId, 40)})`}: the accounts do not tell each other of requests, and the sweep finds them later.`,
    );
  } else if (organizationId !== undefined && trusted !== organizationId) {
    remarks.push(
      `trust.organization is ${shown(trusted, 40)}, but these accounts are in ${shown(organizationId, 40)}.`,
    );
  }
  if (plan === 'create' && mode === 'enforce') {
    remarks.push(
      'the policy enforces from the first minute. Begin with mode: observe to see first what it would do.',
    );
  }
  return remarks;
}

/**
 * Prints or carries out the removal of stacks, and of the StackSet with the last of them.
 * @throws CliError, AwsCallError
 */
export async function runRemoval(
  args: RemovalArguments,
  { output, progress, sleep, ifInterrupted }: RunOptions,
): Promise<0 | 1> {
  const { name, region, callAs } = args;
  ifInterrupted(NOTHING_CHANGED);
  const stackSets = createStackSets(createClient(CloudFormationClient, { region }), { name, region, callAs });
  progress(`reading ${name}`);
  const { state, remarks } = await readStackSet(stackSets, args.mode, { progress, sleep });
  if (state === undefined) {
    throw new CliError(
      `There is no StackSet ${shown(name, 128)} in ${region}. Name another with --name, --stage or --region.`,
    );
  }
  const plan = planRemoval(state, args);
  const commands = plan.steps.map((step) => commandOf(step, region));
  const stays = whatStays(plan);
  if (args.format === 'text') {
    printRemoval(output, { plan, name, region });
    for (const what of stays) output.line(`${output.paint('Stays     ', 'bold')}${what}`);
    for (const remark of remarks) output.line(`${output.paint('Note      ', 'yellow')}${remark}`);
    if (args.mode === 'print') printCommands(output, commands);
  }
  if (args.mode === 'apply') ifInterrupted(goesOn('the same peering rollout --remove'));
  const outcomes = args.mode === 'apply' ? await carryOut(stackSets, plan.steps, { progress, sleep }) : [];
  if (args.format === 'json') {
    output.json({
      stackSet: name,
      region,
      action: plan.action,
      organizationalUnits: plan.organizationalUnits,
      stays,
      notes: remarks,
      commands,
      applied: args.mode === 'apply',
      operations: outcomes,
    });
  } else if (args.mode === 'apply') {
    printOutcomes(output, outcomes);
  }
  return exitCode(outcomes);
}
