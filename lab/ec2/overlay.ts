import { rolesUnder } from '../checked-roles.ts';
import type { Forward, LabContext, LabRequest, LabResponse, ServiceOverlay } from '../types.ts';
import { createBuckets } from './buckets.ts';
import type { Ec2Action, Ec2Call } from './call.ts';
import { cloudTrailEvent } from './cloudtrail.ts';
import { createDescribeRouteTables, propagateRoute } from './describe-route-tables.ts';
import { Ec2Error } from './errors.ts';
import { readForm } from './form.ts';
import { createTurns } from './in-turn.ts';
import { createIpam } from './ipam.ts';
import { createAskMoto } from './moto.ts';
import { createPeeringActions } from './peering-actions.ts';
import { createPeeringTags } from './peering-tags.ts';
import { createPeerings } from './peerings.ts';
import { createPrefixListActions } from './prefix-lists.ts';
import { createReadCache, throughCache } from './read-cache.ts';
import { createRouteActions } from './route-actions.ts';
import { createRouteTables } from './route-tables.ts';
import { defaultSettings, type Ec2Settings } from './settings.ts';
import { settingsRoutes } from './settings-route.ts';
import { createDescribeStaleGroups } from './stale-groups.ts';
import { createTagChanges } from './tag-change.ts';
import { createAssociateVpcCidrBlock } from './vpc-cidr-actions.ts';
import { createVpcs } from './vpcs.ts';
import { answer, refusal } from './xml.ts';

/** These change nothing, and CloudTrail gives them to EventBridge only on special request. */
const READS = /^(Describe|Get|List|Search)/;

/** Tags before a change are compared with those after it. */
const TAGGING: ReadonlySet<string> = new Set(['CreateTags', 'DeleteTags']);

export interface Ec2Overlay extends ServiceOverlay {
  /** To be called when something else than the EC2 API may have changed VPCs or peerings. */
  invalidate(): void;
}

/** How the overlay's own actions are performed. */
interface Performing {
  readonly actions: Readonly<Record<string, Ec2Action>>;
  readonly inTurn: ReturnType<typeof createTurns>;
}

async function forwarded({ request, form, forward }: Ec2Call): Promise<LabResponse> {
  const response = await forward(request);
  // EC2 says that it did so, where moto says nothing.
  return TAGGING.has(form.action) && response.status === 200
    ? answer(form.action, { return: 'true' })
    : response;
}

/** By the lab's own action, or by moto; what changes something waits for its turn. */
function perform({ actions, inTurn }: Performing, call: Ec2Call): Promise<LabResponse> {
  const { form } = call;
  const action = Object.hasOwn(actions, form.action) ? actions[form.action] : undefined;
  // A VPC that takes its addresses from no pool is moto's affair.
  if (action === undefined || (form.action === 'CreateVpc' && form.get('Ipv4IpamPoolId') === undefined)) {
    return forwarded(call);
  }
  if (READS.test(form.action)) {
    return action(call);
  }
  // A peering is shared by two accounts or Regions, a route table belongs to one.
  return inTurn(form.get('RouteTableId') ?? 'peerings', () => action(call));
}

/** A refusal is an answer too. */
async function respond(performing: Performing, call: Ec2Call): Promise<LabResponse> {
  try {
    if (call.form.get('DryRun') === 'true') {
      throw new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', {
        status: 412,
      });
    }
    return await perform(performing, call);
  } catch (error) {
    if (error instanceof Ec2Error) {
      return refusal(error);
    }
    throw error;
  }
}

/** Tells CloudTrail's listeners of a call that changed something, or tried to. */
function emitEvents(
  { clock, emit }: LabContext,
  { crossAccountEvents }: Ec2Settings,
  {
    request,
    parameters,
    response,
  }: {
    readonly request: LabRequest;
    readonly parameters: URLSearchParams;
    readonly response: LabResponse;
  },
): void {
  const event = cloudTrailEvent(request, parameters, response, clock.now());
  emit(event, request);
  const accountId = parameters.get('PeerOwnerId') ?? request.accountId;
  if (
    response.status < 400 &&
    crossAccountEvents === 'accepter' &&
    parameters.get('Action') === 'CreateVpcPeeringConnection' &&
    accountId !== request.accountId
  ) {
    const region = parameters.get('PeerRegion') ?? request.region;
    emit({ ...event, detail: { ...event.detail, recipientAccountId: accountId } }, { accountId, region });
  }
}

/** EC2 as moto has it, with the peerings, the routes and the events that moto lacks. */
export function createEc2Overlay(
  context: LabContext,
  // People's calls are not what throttling is asked for: a storm of them comes from many accounts.
  { throttledRoles = [] }: { readonly throttledRoles?: readonly string[] } = {},
): Ec2Overlay {
  const isThrottledRole = rolesUnder(throttledRoles);
  const { clock } = context;
  const settings = defaultSettings();
  const cache = createReadCache();
  const ask = createAskMoto({ call: throughCache(cache, context.call) });
  const vpcs = createVpcs(ask);
  const peeringTags = createPeeringTags(ask);
  const peerings = createPeerings({ ask, vpcs, clock, settings });
  const routeTables = createRouteTables({
    ask,
    vpcs,
    peeringCode: peerings.code,
    discoverPeerings: peerings.visible,
  });
  const ipam = createIpam({ ask });
  const actions: Readonly<Record<string, Ec2Action>> = {
    ...ipam.actions,
    ...createPeeringActions({ peerings, peeringTags, vpcs, ask, clock, settings }),
    ...createRouteActions({ routeTables, peerings, vpcs, ask, settings }),
    ...createPrefixListActions({ ask }),
    DescribeRouteTables: createDescribeRouteTables(routeTables),
    DescribeStaleSecurityGroups: createDescribeStaleGroups({ ask, peerings }),
    AssociateVpcCidrBlock: createAssociateVpcCidrBlock({ routeTables, peerings, vpcs }),
  };
  const buckets = createBuckets();
  const inTurn = createTurns();
  const tagChanges = createTagChanges({ ask, peeringTags, emit: context.emit });

  function isThrottled({ principal, ...place }: LabRequest, action: string): boolean {
    return (
      settings.throttling === 'functions' &&
      principal.type === 'AssumedRole' &&
      isThrottledRole(principal.sessionIssuerArn) &&
      buckets.take(place, action, clock.now().getTime()) === 'refused'
    );
  }

  return {
    async handle(request, toMoto) {
      const form = readForm(request);
      if (isThrottled(request, form.action)) {
        return refusal(new Ec2Error('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 }));
      }
      const forward: Forward = (asked) => cache.through(asked, () => toMoto(asked));
      const watched = () =>
        tagChanges.watch(request, form, () => respond({ actions, inTurn }, { request, form, forward }));
      const response = await (TAGGING.has(form.action) ? inTurn('tags', watched) : watched());
      if (form.action !== '' && !READS.test(form.action)) {
        if (form.action.includes('Vpc') && !form.action.includes('VpcPeering')) {
          vpcs.invalidate();
        }
        emitEvents(context, settings, { request, parameters: form.parameters, response });
      }
      return response;
    },
    routes: [
      ...settingsRoutes(settings),
      ...ipam.routes,
      propagateRoute(routeTables),
      { method: 'DELETE', path: '/_lab/ec2/ended-peerings', handle: peerings.forgetEnded },
    ],
    invalidate() {
      cache.clear();
      peeringTags.invalidate();
      vpcs.invalidate();
      peerings.invalidate();
    },
  };
}
