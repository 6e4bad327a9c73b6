import type {
  CreateStackInstancesCommandInput,
  CreateStackSetCommandInput,
  DeleteStackInstancesCommandInput,
  DeleteStackSetCommandInput,
  StackSetOperationPreferences,
  UpdateStackSetCommandInput,
} from '@aws-sdk/client-cloudformation';
import { shellWord } from '../../lib/model/shell-word.ts';
import { BUCKET_PARAMETER, type StackTemplate } from '../../resources/stack-template.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import {
  capabilitiesOf,
  fingerprintOf,
  isOurs,
  sameTemplate,
  type Template,
  type TemplateChanges,
  templateChanges,
} from '../release/template.ts';

/** What has to be asked of CloudFormation so that the StackSet becomes what is wanted. Pure: it calls nothing. */

/** One call, with exactly what is sent; the printed commands are made from it, too. */
export type Step =
  | { readonly call: 'CreateStackSet'; readonly input: CreateStackSetCommandInput }
  | { readonly call: 'UpdateStackSet'; readonly input: UpdateStackSetCommandInput }
  | { readonly call: 'CreateStackInstances'; readonly input: CreateStackInstancesCommandInput }
  | { readonly call: 'DeleteStackInstances'; readonly input: DeleteStackInstancesCommandInput }
  | { readonly call: 'DeleteStackSet'; readonly input: DeleteStackSetCommandInput };

/** A stack of the StackSet in one account. */
export interface StackInstance {
  readonly accountId: string;
  readonly region: string;
  readonly organizationalUnit: string | undefined;
  /** CURRENT, OUTDATED, INOPERABLE (no update reaches it), or SKIPPED in a suspended account. */
  readonly status: string;
  readonly reason: string | undefined;
}

/** A StackSet as CloudFormation has it. */
export interface StackSetState {
  readonly permissionModel: string;
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
  readonly autoDeployment: 'as wanted' | 'other';
  readonly managedExecution: 'as wanted' | 'other';
  readonly organizationalUnits: readonly string[];
  readonly instances: readonly StackInstance[];
}

export interface StackSetPlace {
  readonly name: string;
  /** Home Region: of the StackSet, and of every stack. */
  readonly region: string;
  readonly callAs: 'SELF' | 'DELEGATED_ADMIN';
  readonly preferences: StackSetOperationPreferences;
}

export interface Wanted extends StackSetPlace {
  readonly stage: string;
  readonly bucket: string;
  readonly template: Template | StackTemplate;
  readonly templateUrl: string;
  /** OUs or the root that were named; those that the StackSet has besides are kept. */
  readonly organizationalUnits: readonly string[];
}

export interface RolloutPlan {
  readonly action: 'create' | 'update' | 'unchanged';
  readonly fingerprint: { readonly before: string | undefined; readonly after: string | undefined };
  readonly resources: TemplateChanges;
  readonly organizationalUnits: { readonly added: readonly string[]; readonly kept: readonly string[] };
  /** Accounts that have a stack now. */
  readonly instances: number;
  /** Stacks that are not what the StackSet says. */
  readonly notCurrent: readonly StackInstance[];
  readonly steps: readonly Step[];
}

export interface RemovalPlan {
  readonly action: 'remove';
  readonly organizationalUnits: { readonly removed: readonly string[]; readonly kept: readonly string[] };
  readonly instances: number;
  readonly steps: readonly Step[];
}

/** Leaving an OU or the organization takes the account's stack away: no code of ours is left to run with old rights. */
export const AUTO_DEPLOYMENT = { Enabled: true, RetainStacksOnAccountRemoval: false } as const;

/** Operations that do not meet run at the same time, others wait in a queue. */
export const MANAGED_EXECUTION = { Active: true } as const;

function parameters({ bucket }: Wanted): Record<string, string> {
  return { [BUCKET_PARAMETER]: bucket };
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys({ ...a, ...b });
  return names.every((name) => a[name] === b[name]);
}

/** @throws CliError when a StackSet of this name is not one of this kind. */
function requireOurs(state: StackSetState | undefined, { name, region }: StackSetPlace): void {
  if (state !== undefined && state.permissionModel !== 'SERVICE_MANAGED') {
    throw new CliError(
      `The StackSet ${shown(name, 128)} in ${region} is not service-managed, so it cannot follow the organization. Choose another name with --name.`,
    );
  }
  if (state !== undefined && !isOurs(state.template)) {
    throw new CliError(
      `The StackSet ${shown(name, 128)} in ${region} was not made by this command. Choose another name with --name.`,
    );
  }
  const elsewhere = state?.instances.find((instance) => instance.region !== region);
  if (elsewhere !== undefined) {
    throw new CliError(
      `The StackSet ${shown(name, 128)} also has a stack in ${shown(elsewhere.region, 40)} (account ${shown(elsewhere.accountId, 20)}): two home Regions would do everything twice. Delete that stack instance first.`,
    );
  }
}

/**
 * Plans creation or update, and stacks in the OUs that are new. An OU that is not named is kept: forgetting one on the
 * command line must not remove the product from its accounts.
 *
 * @throws CliError when a StackSet of this name is not one of this kind.
 */
export function planRollout(state: StackSetState | undefined, wanted: Wanted): RolloutPlan {
  const { name, region, callAs, preferences, stage, template, templateUrl } = wanted;
  const place = { StackSetName: name, CallAs: callAs };
  requireOurs(state, wanted);
  const has = state?.organizationalUnits ?? [];
  const named = [...new Set(wanted.organizationalUnits)];
  const added = named.filter((unit) => !has.includes(unit));
  const notCurrent = (state?.instances ?? []).filter(
    ({ status }) => status !== 'CURRENT' && status !== 'SKIPPED',
  );
  const stackParameters = parameters(wanted);
  const common = {
    ...place,
    Description: `vpc-peering-autopilot, stage ${stage}`,
    TemplateURL: templateUrl,
    Parameters: Object.entries(stackParameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Capabilities: capabilitiesOf(template),
    PermissionModel: 'SERVICE_MANAGED',
    AutoDeployment: AUTO_DEPLOYMENT,
    ManagedExecution: MANAGED_EXECUTION,
  } as const;

  const changed =
    state === undefined ||
    !sameTemplate(state.template, template) ||
    !sameRecord(state.parameters, stackParameters) ||
    state.autoDeployment === 'other' ||
    state.managedExecution === 'other' ||
    notCurrent.some(({ status }) => status === 'OUTDATED');
  const steps: Step[] = [];
  if (state === undefined) {
    steps.push({ call: 'CreateStackSet', input: common });
  } else if (changed) {
    steps.push({ call: 'UpdateStackSet', input: { ...common, OperationPreferences: preferences } });
  }
  if (added.length > 0) {
    steps.push({
      call: 'CreateStackInstances',
      input: {
        ...place,
        DeploymentTargets: { OrganizationalUnitIds: added },
        Regions: [region],
        OperationPreferences: preferences,
      },
    });
  }
  return {
    action: state === undefined ? 'create' : changed ? 'update' : 'unchanged',
    fingerprint: {
      before: state === undefined ? undefined : fingerprintOf(state.template),
      after: fingerprintOf(template),
    },
    resources: templateChanges(state?.template, template),
    organizationalUnits: { added, kept: [...has] },
    instances: state?.instances.length ?? 0,
    notCurrent,
    steps,
  };
}

/**
 * Plans the removal of the stacks of these OUs, or of all; with the last stack goes the StackSet.
 *
 * @throws CliError when an OU is none of the StackSet's.
 */
export function planRemoval(
  state: StackSetState,
  {
    name,
    region,
    callAs,
    preferences,
    organizationalUnits,
  }: StackSetPlace & {
    readonly organizationalUnits: readonly string[];
  },
): RemovalPlan {
  const place = { StackSetName: name, CallAs: callAs };
  // A removal that did not reach every account may have taken the OU from the StackSet's own list.
  const withStacks = state.instances.flatMap(({ organizationalUnit }) => organizationalUnit ?? []);
  const has = [...new Set([...state.organizationalUnits, ...withStacks])];
  const named = [...new Set(organizationalUnits)];
  const unknown = named.find((unit) => !has.includes(unit));
  if (unknown !== undefined) {
    throw new CliError(
      `The StackSet ${shown(name, 128)} in ${region} was not deployed to ${unknown}. It was to: ${has.join(', ') || 'no OU'}.`,
    );
  }
  const removed = named.length === 0 ? [...has] : named;
  const kept = has.filter((unit) => !removed.includes(unit));
  const steps: Step[] = [];
  if (removed.length > 0) {
    steps.push({
      call: 'DeleteStackInstances',
      input: {
        ...place,
        DeploymentTargets: { OrganizationalUnitIds: removed },
        Regions: [region],
        RetainStacks: false,
        OperationPreferences: preferences,
      },
    });
  }
  if (kept.length === 0) {
    steps.push({ call: 'DeleteStackSet', input: place });
  }
  return {
    action: 'remove',
    organizationalUnits: { removed, kept },
    instances: state.instances.length,
    steps,
  };
}

/** The AWS CLI's command for a step: the same call with the same input. */
export function commandOf({ call, input }: Step, region: string): string {
  const verb = call.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return `aws cloudformation ${verb} --region ${region} --cli-input-json ${shellWord(JSON.stringify(input))}`;
}
