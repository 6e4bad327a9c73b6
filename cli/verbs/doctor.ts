import { CloudTrailClient, DescribeTrailsCommand, GetTrailStatusCommand } from '@aws-sdk/client-cloudtrail';
import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { createClient } from '../../lib/aws/clients.ts';
import { createEc2Clients } from '../../lib/aws/ec2-clients.ts';
import { createForwardingStore } from '../../lib/aws/forwarding-store.ts';
import { createRunCommand } from '../../lib/aws/run-command.ts';
import { desiredForwarding } from '../../lib/forwarding/desired.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { isOptedIn, optInOf } from '../../lib/model/opt-in.ts';
import { routesTagKey } from '../../lib/model/tags.ts';
import { POLICY_FINGERPRINT, policyFingerprint } from '../../lib/policy/fingerprint.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { quotaWarnings } from '../../lib/routing/quota.ts';
import { type Assessment, assess } from '../assess.ts';
import { type Check, fail, pass, warn } from '../doctor/check.ts';
import { forwardingChecks, unusableRegion } from '../doctor/forwarding.ts';
import { queueChecks, readQueues } from '../doctor/queues.ts';
import type { Document } from '../documents.ts';
import { describeError } from '../errors.ts';
import { type Paint, shown } from '../output.ts';
import { onePolicy, policyFileOf, policyOf } from '../policy.ts';
import { callerAccount, defaultRegion } from '../source/live.ts';
import { type DeployedStack, findStack, outputsOf, stackName } from '../stack.ts';
import type { Invocation, Verb } from '../verb.ts';

interface Patient {
  readonly invocation: Invocation;
  readonly policy: Policy;
  readonly assessment: Assessment;
  readonly stack: DeployedStack | undefined;
  readonly homeRegion: string;
  readonly caller: Caller;
}

interface Caller {
  readonly accountId: string;
  readonly arn: string;
}

/** A check that cannot be made says so: it is neither good nor bad. */
async function checked(
  area: string,
  region: string | null,
  make: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return await make();
  } catch (error) {
    const { kind } = classifyAwsError(error);
    const remedy =
      kind === 'denied'
        ? 'Run it with credentials that may read this.'
        : 'Try again; --debug with another command shows more.';
    return [warn(area, region, `It could not be looked at. ${describeError(error)}`, remedy)];
  }
}

/** Without a trail that logs, EventBridge is told of no API call (EventBridge guide, "Events from AWS services via CloudTrail"). */
async function trail({ homeRegion, policy }: Patient): Promise<readonly Check[]> {
  const cloudtrail = createClient(CloudTrailClient, { region: homeRegion });
  const { trailList = [] } = await cloudtrail.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
  const everywhere = trailList.filter(({ IsMultiRegionTrail }) => IsMultiRegionTrail === true);
  for (const { TrailARN, Name } of everywhere) {
    const { IsLogging } = await cloudtrail.send(new GetTrailStatusCommand({ Name: TrailARN ?? Name }));
    if (IsLogging === true) {
      return [pass('trail', null, `The multi-Region trail ${shown(Name ?? '', 100)} is logging.`)];
    }
  }
  const [silent] = everywhere;
  const late = `Changes are noticed only by the sweep, ${policy.schedules.sweep}.`;
  return silent === undefined
    ? [
        fail(
          'trail',
          null,
          `There is no multi-Region CloudTrail trail, so API calls bring no events. ${late}`,
          'aws cloudtrail create-trail --is-multi-region-trail --name NAME --s3-bucket-name BUCKET, then aws cloudtrail start-logging --name NAME',
        ),
      ]
    : [
        fail(
          'trail',
          null,
          `The multi-Region trail ${shown(silent.Name ?? '', 100)} is not logging. ${late}`,
          `aws cloudtrail start-logging --name ${silent.TrailARN ?? silent.Name}`,
        ),
      ];
}

function deployment({ stack, invocation, homeRegion }: Patient): readonly Check[] {
  return stack === undefined
    ? [
        fail(
          'stack',
          homeRegion,
          `The stack ${stackName(invocation.options.stage)} is not there.`,
          'npx serverless deploy, or name another stage with --stage, or the Region of the stack with AWS_REGION',
        ),
      ]
    : [pass('stack', stack.region, `${stack.name} is deployed.`)];
}

/** Undefined: there is no such rule on the bus. */
async function stateOfRule(
  events: EventBridgeClient,
  about: { readonly Name: string; readonly EventBusName?: string },
): Promise<string | undefined> {
  try {
    return (await events.send(new DescribeRuleCommand(about))).State;
  } catch (error) {
    if (classifyAwsError(error).kind === 'not-found') return undefined;
    throw error;
  }
}

async function rules({ stack }: Patient): Promise<readonly Check[]> {
  if (stack === undefined) {
    return [];
  }
  const events = createClient(EventBridgeClient, { region: stack.region });
  const ids = stack.ofType('AWS::Events::Rule');
  const off: string[] = [];
  for (const id of ids) {
    // CloudFormation names a rule of another bus `bus|rule`, at least where the bus is not the account's default one.
    const [first = '', second] = id.split('|');
    const Name = second ?? first;
    const ownBus = second === undefined ? stack.resources.get('EventBus') : first;
    const states = [
      second === undefined ? await stateOfRule(events, { Name }) : undefined,
      ownBus === undefined ? undefined : await stateOfRule(events, { Name, EventBusName: ownBus }),
    ];
    if (!states.some((state) => state !== undefined && state !== 'DISABLED')) off.push(Name);
  }
  return [
    off.length === 0
      ? pass('rules', stack.region, `All ${ids.length} rules of the stack are on.`)
      : fail(
          'rules',
          stack.region,
          `These rules are off or gone: ${off.join(', ')}.`,
          'npx serverless deploy puts them back',
        ),
  ];
}

async function queues({ stack }: Patient): Promise<readonly Check[]> {
  return stack === undefined ? [] : queueChecks(stack.region, await readQueues(stack));
}

/** The same reading and the same comparison with which forward-events keeps the other managed Regions. */
async function forwarding({ stack, assessment, policy, caller }: Patient): Promise<readonly Check[]> {
  if (stack === undefined) {
    return [];
  }
  const others = assessment.source.scopes
    .map(({ region }) => region)
    .filter((region) => region !== stack.region);
  const { accountId, arn } = caller;
  const bus = stack.resources.get('EventBus');
  const role = stack.resources.get('ForwarderRole');
  if (others.length > 0 && (bus === undefined || role === undefined)) {
    return others.map((region) =>
      fail('forwarding', region, 'The stack that is deployed forwards no events.', 'npx serverless deploy'),
    );
  }
  const partition = arn.split(':')[1] ?? 'aws';
  const store = createForwardingStore(stack.stage, stack.region);
  const context = {
    policy,
    stage: stack.stage,
    accountId,
    homeBusArn: `arn:${partition}:events:${stack.region}:${accountId}:event-bus/${bus}`,
    forwarderRoleArn: `arn:${partition}:iam::${accountId}:role/vpc-peering-autopilot/${stack.stage}/${role}`,
  };
  const checks = await Promise.all(
    others.map((region) =>
      checked('forwarding', region, async () =>
        forwardingChecks(stack.region, desiredForwarding(context, region), await store.observe(region)),
      ),
    ),
  );
  return checks.flat();
}

/** Managed Regions that this account cannot use; they could not be read. */
async function unusable(
  policy: Policy,
  homeRegion: string,
  { accountId }: Caller,
): Promise<readonly Check[]> {
  const store = createForwardingStore('', homeRegion);
  const states = await Promise.all(
    policy.regions.map(async (region) => [region, await store.readRegionState(region)] as const),
  );
  return states.flatMap(([region, state]) =>
    state === 'enabled' ? [] : [unusableRegion(region, accountId, state)],
  );
}

/** Each Region that was read, with its views whatever `--vpc` shows. */
function regionsOf({ accounts }: Assessment) {
  return accounts.flatMap(({ scopes, whole }) =>
    scopes.map(({ scope: { region }, inventory }) => ({
      region,
      inventory,
      views: whole.views.filter(({ view }) => view.region === region),
    })),
  );
}

function tables({ assessment, policy }: Patient): readonly Check[] {
  const tag = routesTagKey(policy.tagPrefix);
  return regionsOf(assessment).map(({ region, inventory, views }) => {
    const optedIn = inventory.tables.filter((table) => isOptedIn(optInOf(table, policy.tagPrefix)));
    const vpcs = new Set(optedIn.map(({ vpcId }) => vpcId));
    const without = [
      ...new Set(
        views
          .filter(({ view, standing }) => standing === 'managed' && !vpcs.has(view.local.vpcId))
          .map(({ view }) => view.local.vpcId),
      ),
    ];
    const remedy = `aws ec2 create-tags --region ${region} --resources rtb-… --tags Key=${tag},Value='*'`;
    if (without.length > 0) {
      return warn(
        'tables',
        region,
        `${without.join(', ')} ${without.length === 1 ? 'has a managed peering and no table that opts' : 'have managed peerings and no table that opts'} in, so nothing is routed there.`,
        remedy,
      );
    }
    return optedIn.length === 0
      ? warn(
          'tables',
          region,
          `None of ${inventory.tables.length} route tables opts in by the tag ${tag}.`,
          remedy,
        )
      : pass('tables', region, `${optedIn.length} of ${inventory.tables.length} route tables opt in.`);
  });
}

async function probes({ assessment, policy, stack }: Patient): Promise<readonly Check[]> {
  const tag = `${policy.tagPrefix}:probe`;
  return Promise.all(
    assessment.source.scopes.map(async ({ region, connectivity }) => {
      const instances = (await connectivity.readProbeInstances(region, policy.tagPrefix)).filter(
        ({ state }) => state === 'running',
      );
      const sources = instances.filter(({ tags }) => tags[tag] === 'source' || tags[tag] === 'both');
      if (instances.length === 0) {
        return warn(
          'probes',
          region,
          `No running instance has the tag ${tag}, so nothing can be pinged from here.`,
          `aws ec2 create-tags --region ${region} --resources i-… --tags Key=${tag},Value=both`,
        );
      }
      const commands = createRunCommand({
        documentName: stack?.resources.get('PingDocument') ?? '',
        mode: 'observe',
      });
      const online = await commands.readOnlineInstances(region);
      const offline = sources
        .filter(({ instanceId }) => !online.has(instanceId))
        .map(({ instanceId }) => instanceId);
      return offline.length > 0
        ? warn(
            'probes',
            region,
            `Systems Manager does not reach ${offline.join(', ')}.`,
            'Look at the SSM agent, the instance profile (AmazonSSMManagedInstanceCore) and the way to the ssm endpoints.',
          )
        : pass(
            'probes',
            region,
            `${instances.length} probe instances, ${sources.length} of them send and are online.`,
          );
    }),
  );
}

/** Service Quotas codes of the service `vpc`. */
const QUOTAS = [
  { code: 'L-7E9ECCDB', key: 'peeringsPerVpc', what: 'active peerings per VPC' },
  { code: 'L-93826ACB', key: 'routesPerTable', what: 'routes per route table' },
] as const;

function usage({ assessment, policy }: Patient): readonly Check[] {
  return regionsOf(assessment).map(({ region, inventory, views }) => {
    const low = quotaWarnings(
      inventory.tables.filter((table) => isOptedIn(optInOf(table, policy.tagPrefix))),
      new Map(
        views.flatMap(({ view, facts }) =>
          facts.activePeerings === undefined ? [] : [[view.local.vpcId, facts.activePeerings] as const],
        ),
      ),
      policy,
      inventory.prefixLists ?? new Map(),
    );
    return low.length === 0
      ? pass('quotas', region, 'Peerings and routes are well below their quotas.')
      : warn(
          'quotas',
          region,
          low.map(({ sentence }) => sentence).join(' '),
          'Have the quota raised (Service Quotas, Amazon VPC), then write it into guardrails.',
        );
  });
}

async function quotas({ assessment, policy }: Patient): Promise<readonly Check[]> {
  const found = await Promise.all(
    assessment.source.scopes.map(async ({ region }) => {
      const client = createClient(ServiceQuotasClient, { region });
      const wrong: string[] = [];
      for (const { code, key, what } of QUOTAS) {
        const { Quota } = await client.send(
          new GetServiceQuotaCommand({ ServiceCode: 'vpc', QuotaCode: code }),
        );
        const assumed = policy.guardrails[key];
        if (Quota?.Value !== undefined && Quota.Value < assumed) {
          wrong.push(
            `The account's quota of ${what} is ${Quota.Value}, and guardrails.${key} says ${assumed}.`,
          );
        }
      }
      return wrong.length === 0
        ? pass('quotas', region, 'The account has the quotas that the policy counts on.')
        : warn(
            'quotas',
            region,
            wrong.join(' '),
            'Write the quota into guardrails and deploy, or have it raised.',
          );
    }),
  );
  return found;
}

/** An id that no peering has: EC2 looks at permissions first. */
const NO_PEERING = 'pcx-00000000000000000';
/** TEST-NET-1 (RFC 5737), which no VPC routes. */
const NO_DESTINATION = '192.0.2.0/24';

type Permission = 'permitted' | 'denied' | 'unknown';

async function dryRun(call: () => Promise<unknown>): Promise<Permission> {
  try {
    await call();
    return 'unknown';
  } catch (error) {
    const { code, kind } = classifyAwsError(error);
    if (code === 'DryRunOperation') return 'permitted';
    return kind === 'denied' ? 'denied' : 'unknown';
  }
}

/** What the caller may do; the functions have roles of their own. */
async function permissions({ assessment, policy }: Patient): Promise<readonly Check[]> {
  const clients = createEc2Clients();
  return Promise.all(
    regionsOf(assessment).map(async ({ region, inventory }) => {
      const client: EC2Client = clients.forRegion(region);
      const table = inventory.tables.find((each) => isOptedIn(optInOf(each, policy.tagPrefix)));
      const pending = inventory.peerings.find(({ status }) => status === 'pending-acceptance');
      const peering = pending ?? inventory.peerings.find(({ status }) => status === 'active');
      const VpcPeeringConnectionId = peering?.peeringId ?? NO_PEERING;
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        [
          'AcceptVpcPeeringConnection',
          () => client.send(new AcceptVpcPeeringConnectionCommand({ DryRun: true, VpcPeeringConnectionId })),
        ],
        ...(table === undefined
          ? []
          : ([
              [
                'CreateRoute',
                () =>
                  client.send(
                    new CreateRouteCommand({
                      DryRun: true,
                      RouteTableId: table.routeTableId,
                      DestinationCidrBlock: NO_DESTINATION,
                      VpcPeeringConnectionId,
                    }),
                  ),
              ],
              [
                'DeleteRoute',
                () =>
                  client.send(
                    new DeleteRouteCommand({
                      DryRun: true,
                      RouteTableId: table.routeTableId,
                      DestinationCidrBlock: NO_DESTINATION,
                    }),
                  ),
              ],
            ] as const)),
      ];
      const answers = await Promise.all(
        calls.map(async ([name, call]) => [name, await dryRun(call)] as const),
      );
      const those = (wanted: Permission) =>
        answers.filter(([, answer]) => answer === wanted).map(([name]) => name);
      if (those('denied').length > 0) {
        return warn(
          'permissions',
          region,
          `You may not call ${those('denied').join(', ')}, so peering apply will not work for you. The functions have roles of their own.`,
          'Nothing, unless you want to apply by hand: then ask for these permissions.',
        );
      }
      return those('unknown').length > 0
        ? warn(
            'permissions',
            region,
            `Whether you may call ${those('unknown').join(', ')} cannot be told by a dry run here.`,
            'Nothing. It can be told once there is a peering and a table that opts in.',
          )
        : pass('permissions', region, `Dry runs of ${those('permitted').join(', ')} would have succeeded.`);
    }),
  );
}

async function deployedPolicy({ stack, invocation, policy }: Patient): Promise<readonly Check[]> {
  const observe =
    policy.mode === 'observe'
      ? [
          warn(
            'policy',
            null,
            'The policy says mode: observe: nothing is accepted or routed.',
            'Write mode: enforce and deploy, once peering plan shows what you want.',
          ),
        ]
      : [];
  if (stack === undefined) {
    return observe;
  }
  const deployed = (await outputsOf(stack)).get(POLICY_FINGERPRINT);
  const file = shown(policyFileOf(invocation));
  if (deployed === undefined) {
    return [
      ...observe,
      warn(
        'policy',
        stack.region,
        `Whether ${file} is the policy that is deployed is not known: the stack does not say.`,
        'npx serverless deploy, so that it does',
      ),
    ];
  }
  return [
    ...observe,
    deployed === policyFingerprint(policy)
      ? pass('policy', stack.region, `${file} is the policy that is deployed.`)
      : warn(
          'policy',
          stack.region,
          `${file} is not the policy that is deployed: it says something else.`,
          'npx serverless deploy, or look at the file that was deployed with --policy FILE',
        ),
  ];
}

const PAINTS: Readonly<Record<Check['result'], Paint>> = { pass: 'green', warn: 'yellow', fail: 'red' };

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const written = policyOf(invocation);
  const homeRegion = await defaultRegion();
  progress.doing('Asking AWS who is calling');
  const caller = await callerAccount(homeRegion);
  const regionChecks = await checked('region', null, () => unusable(written, homeRegion, caller));
  const closed = new Set(regionChecks.flatMap(({ result, region }) => (result === 'fail' ? [region] : [])));
  // The others can be looked at all the same.
  const policy = { ...written, regions: written.regions.filter((region) => !closed.has(region)) };
  const assessment = await assess(invocation, onePolicy(policy));
  progress.doing('Looking for the stack');
  const stack = await findStack(
    [homeRegion, ...assessment.source.scopes.map(({ region }) => region)],
    options.stage,
  );
  const patient: Patient = {
    invocation,
    policy: written,
    assessment,
    stack,
    homeRegion: stack?.region ?? homeRegion,
    caller,
  };
  progress.doing('Looking at trail, rules, queues, probes, quotas and permissions');
  const groups = await Promise.all([
    checked('trail', null, () => trail(patient)),
    checked('rules', stack?.region ?? null, () => rules(patient)),
    checked('queues', stack?.region ?? null, () => queues(patient)),
    checked('forwarding', null, () => forwarding(patient)),
    checked('probes', null, () => probes(patient)),
    checked('quotas', null, () => quotas(patient)),
    checked('permissions', null, () => permissions(patient)),
    checked('policy', null, () => deployedPolicy(patient)),
  ]);
  progress.done();
  const [trails, rulesOf, queuesOf, forwardingOf, probesOf, quotasOf, permissionsOf, policies] = groups;
  const checks: Check[] = [
    pass('caller', null, `${shown(caller.arn, 200)} of account ${caller.accountId}.`),
    ...deployment(patient),
    ...policies,
    ...trails,
    ...regionChecks,
    ...rulesOf,
    ...queuesOf,
    ...forwardingOf,
    ...tables(patient),
    ...probesOf,
    ...usage(patient),
    ...quotasOf,
    ...permissionsOf,
  ];
  const wanted = checks.filter(
    ({ region }) => region === null || options.region === undefined || options.region.includes(region),
  );
  const failed = wanted.some(({ result }) => result === 'fail');
  if (options.json) {
    const document: Document<'doctor'> = { checks: wanted };
    output.json(document);
    return failed ? 1 : 0;
  }
  for (const { area, region, result, says, remedy } of wanted) {
    const place = region === null ? area : `${area} ${region}`;
    output.line(`${output.paint(result.padEnd(4), PAINTS[result])}  ${place}: ${says}`);
    if (remedy !== null) output.line(`      ${output.paint(`-> ${remedy}`, 'dim')}`);
  }
  const count = (result: Check['result']) => wanted.filter((check) => check.result === result).length;
  output.line();
  output.line(`${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail`);
  return failed ? 1 : 0;
};
