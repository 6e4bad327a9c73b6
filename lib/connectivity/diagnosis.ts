import type { NetworkSnapshot } from '../model/network.ts';
import { type AddressFamily, asAddress } from '../network/cidr.ts';
import { defaultRangeNote } from './default-ranges.ts';
import {
  commonFamily,
  type Endpoint,
  endpointOf,
  isInstanceId,
  isInterfaceId,
  isVpcId,
} from './endpoints.ts';
import { idleReferences } from './group-references.ts';
import { isLive } from './hops/advice.ts';
import { walkAll } from './hops/path.ts';
import { describeEnd, type Hop, type HopName, type Walk } from './hops/walk.ts';
import { createNetworkModel, type NetworkModel, otherSide } from './network-model.ts';
import { openInsteadOfPing } from './open-ports.ts';
import { answerOf, PING, packetText, requestOf, type Traffic } from './traffic.ts';

export type { Hop, HopName };

export interface Failure {
  readonly hop: HopName;
  readonly direction: Hop['direction'];
  readonly ids: readonly string[];
  readonly sentence: string;
}

export interface Diagnosis {
  readonly source: string;
  readonly target: string;
  /** `not-visible`: every visible hop passes, and some are not visible. */
  readonly reachable: boolean | 'not-visible';
  /** In the order in which a packet meets them; a packet that is lost for good ends the list. */
  readonly hops: readonly Hop[];
  readonly firstFailure?: Failure;
  /** For people: the answer first, then what stands for what was asked. */
  readonly summary: string;
}

export interface DiagnoseOptions {
  /** Ping unless given. */
  readonly traffic?: Traffic;
  /**
   * For people who did not say what they want to send: where a ping is not let through, what else is open comes before
   * the advice to let ping in.
   */
  readonly suggest?: 'other-ports';
  /**
   * `whole-regions`: of every Region that was read all peerings were. Then a VPC to which none leads has none, and rules
   * that refer to groups there are found.
   */
  readonly extent?: 'whole-regions';
  /** Which addresses to use where `source` and `target` don't say; IPv4 unless only IPv6 is common to both. */
  readonly family?: AddressFamily;
}

interface Routed {
  /** VPCs at the other end of a live peering: those that are meant by the address. */
  readonly near: readonly string[];
  /** Where the route leads or led, for an address that no VPC is known to have. */
  readonly leadsTo?: string;
}

/** Where the source's route table takes an address. */
function routedFrom(model: NetworkModel, from: Endpoint, target: string): Routed {
  const table = model.tableOf(from.vpcId, from.subnet?.subnetId);
  const address = asAddress(target);
  const choice = table === undefined || address === undefined ? undefined : model.choose(table, address);
  if (choice?.kind !== 'route' || choice.route.target.kind !== 'peering') {
    return { near: [] };
  }
  const peeringId = choice.route.target.id;
  const peering = model.peering(peeringId);
  const far = peering === undefined ? undefined : otherSide(peering, from.vpcId);
  if (peering === undefined || far === undefined) {
    return { near: [], leadsTo: `the VPC behind ${peeringId}` };
  }
  return { near: isLive(peering) ? [far.vpcId] : [], leadsTo: far.vpcId };
}

function endsOf(model: NetworkModel, source: string, target: string, family: AddressFamily) {
  const isTargetClear = isInstanceId(target) || isInterfaceId(target) || isVpcId(target);
  const from = endpointOf(
    model,
    source,
    family,
    isTargetClear ? [endpointOf(model, target, family, []).vpcId] : [],
  );
  const { near, leadsTo } = routedFrom(model, from, target);
  const to = endpointOf(model, target, family, [...near, from.vpcId], leadsTo);
  return { from, to };
}

/** The first filter that stops the ping says what is open instead; the others need not say it again. */
function insteadOfPing(walk: Walk): Pick<Walk, 'insteadOfPing'> {
  let isTold = false;
  return {
    insteadOfPing() {
      if (isTold) {
        return undefined;
      }
      isTold = true;
      return openInsteadOfPing(walk);
    },
  };
}

/** Where a packet gets no further than a dead peering, the rules that still refer to groups across it. */
function leftBehind({ model, source, target, request, hops, isWhole }: Walk): string | undefined {
  const isDead = hops.some(({ name, status }) => name === 'peering' && status === 'fails');
  if (!isDead || hops.some(({ name }) => name === 'security-group-in')) {
    return undefined;
  }
  const found = [
    target.interface && idleReferences(model, 'ingress', target.interface, request, isWhole),
    source.interface && idleReferences(model, 'egress', source.interface, request, isWhole),
  ];
  return found.find((each) => each !== undefined && each.text !== '')?.text;
}

function summaryOf(walk: Walk, reachable: Diagnosis['reachable'], failure: Failure | undefined): string {
  const { source, target, request, hops } = walk;
  const what = 'type' in request ? 'ping' : packetText(request);
  const between = `${describeEnd(source)} ${what === 'ping' ? 'can ping' : `can reach ${what} of`} ${describeEnd(target)}`;
  const notes = [leftBehind(walk), source.note, target.note, defaultRangeNote(source, target)].filter(
    (note) => note !== undefined,
  );
  const unseen = hops.filter(({ status }) => status === 'not-visible');
  const answers = {
    true: `${between}: nothing in the network is in the way.`,
    false: `${between.replace(/ can /, ' cannot ')}. ${failure?.sentence ?? ''}`,
    'not-visible': `Whether ${between} is not visible from here: ${unseen.length} of ${hops.length} hops are not, and nothing is wrong with the others. ${unseen[0]?.sentence ?? ''}`,
  };
  return [answers[`${reachable}`].trim(), ...notes].join(' ');
}

/** A hop that fails decides; without one, a hop that is not visible leaves it open. */
function reachabilityOf(hops: readonly Hop[]): { reachable: Diagnosis['reachable']; failure?: Failure } {
  const failed = hops.find(({ status }) => status === 'fails');
  if (failed !== undefined) {
    const { name, direction, ids, sentence } = failed;
    return { reachable: false, failure: { hop: name, direction, ids, sentence } };
  }
  return { reachable: hops.some(({ status }) => status === 'not-visible') ? 'not-visible' : true };
}

/**
 * Says hop by hop whether a packet gets from `source` to `target` and its answer back, and where it is lost.
 *
 * It judges what EC2 shows: security groups, network ACLs, route tables, peerings and states. Firewalls inside an
 * instance, and what lies in accounts that were not read, it does not see; the latter is *not visible*, never guessed.
 * The model: "How Amazon VPC works", "Control traffic to subnets using network ACLs" and "Security group connection
 * tracking" in the Amazon VPC and EC2 guides.
 *
 * @param source an instance id, the id of a network interface, a private address or a VPC id; `target` the same.
 * @throws EndpointError when one of them is not found, or is not one thing.
 */
export function diagnose(
  network: NetworkSnapshot | NetworkModel,
  source: string,
  target: string,
  options: DiagnoseOptions = {},
): Diagnosis {
  const model = 'snapshot' in network ? network : createNetworkModel(network);
  const { traffic = PING, suggest, extent } = options;
  const family = options.family ?? commonFamily(model, source, target);
  const { from, to } = endsOf(model, source, target, family);
  const plain: Walk = {
    model,
    hops: [],
    source: from,
    target: to,
    request: requestOf(traffic, family),
    answer: answerOf(traffic, family, from.instance?.platform ?? 'unknown'),
    family,
    isWhole: extent === 'whole-regions',
  };
  const isOpen = suggest === 'other-ports' && traffic.protocol === 'icmp';
  const walk: Walk = isOpen ? { ...plain, ...insteadOfPing(plain) } : plain;
  walkAll(walk);
  const { reachable, failure } = reachabilityOf(walk.hops);
  return {
    source,
    target,
    reachable,
    hops: walk.hops,
    ...(failure === undefined ? {} : { firstFailure: failure }),
    summary: summaryOf(walk, reachable, failure),
  };
}
