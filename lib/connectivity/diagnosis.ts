import type { NetworkSnapshot } from '../model/network.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import type { AddressFamily } from '../network/cidr.ts';
import { resolveAsked } from './asked.ts';
import { defaultRangeNote } from './default-ranges.ts';
import { commonFamily, type Endpoint } from './endpoints.ts';
import { endsOf, type PeeringEnds, peeringEnds, routesTo } from './ends.ts';
import { failedRequestText } from './failed-request.ts';
import { idleReferences } from './group-references.ts';
import { isLive, peeringBetween, stateText } from './hops/advice.ts';
import { walkOnHost } from './hops/own-host.ts';
import { walkAll } from './hops/path.ts';
import { remedyOf } from './hops/peering.ts';
import { type AdviseRoute, describeEnd, type Hop, type HopName, type Walk } from './hops/walk.ts';
import { askThereText } from './hops/whose.ts';
import { hostServiceAt } from './host-services.ts';
import { createNetworkModel, type NetworkModel } from './network-model.ts';
import { openInsteadOfPing } from './open-ports.ts';
import { inspectNode } from './pods.ts';
import { answerOf, PING, packetText, requestOf, type Traffic } from './traffic.ts';

export type { AdviseRoute, Hop, HopName };

export interface Failure {
  readonly hop: HopName;
  readonly direction: Hop['direction'];
  readonly ids: readonly string[];
  readonly sentence: string;
}

export interface Diagnosis {
  readonly source: string;
  readonly target: string;
  /** The VPCs of both ends; an end that is in none has no VPC here. */
  readonly vpcIds: readonly string[];
  /** `not-visible`: every visible hop passes, and some are not visible. */
  readonly reachable: boolean | 'not-visible';
  /** In the order in which a packet meets them; a packet that is lost for good ends the list. */
  readonly hops: readonly Hop[];
  readonly firstFailure?: Failure;
  /** For people, sentence by sentence or so: the answer first, then why, then what stands for what was asked. */
  readonly answer: readonly string[];
  /** The same in one piece. */
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
  /** `peering`: a peering is meant to carry it, and another way does not count. Of a peering that is asked about that is so. */
  readonly by?: 'peering';
  /** Which addresses to use where `source` and `target` don't say; IPv4 unless only IPv6 is common to both. */
  readonly family?: AddressFamily;
  /** What the policy makes of a missing route, for the advice; left out: no policy is known. */
  readonly adviseRoute?: AdviseRoute;
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

/** Of an address that several peers have: which others than the one to which the table leads. */
function rivalNote({ address, rivals }: Endpoint): string | undefined {
  if (rivals?.kind !== 'routed') {
    return undefined;
  }
  const others = rivals.peers.map(({ vpcId, peeringId }) => `${vpcId} (${peeringId})`);
  return `${address.text} is in a range of ${others.join(' and ')}, too, which this table cannot reach there.`;
}

/** @param asked what is to be said of how the ends were asked for. */
function answerLines(
  walk: Walk,
  reachable: Diagnosis['reachable'],
  failure: Failure | undefined,
  asked: readonly string[],
): readonly string[] {
  const { source, target, request, hops } = walk;
  const what = 'type' in request ? 'ping' : packetText(request);
  const between = `${describeEnd(source)} ${what === 'ping' ? 'can ping' : `can reach ${what} of`} ${describeEnd(target)}`;
  const notes = [
    ...asked,
    leftBehind(walk),
    source.note,
    target.note,
    rivalNote(target),
    defaultRangeNote(source, target),
  ].filter((note) => note !== undefined);
  const unseen = hops.filter(({ status }) => status === 'not-visible');
  const answers = {
    true: [`${between}: nothing in the network is in the way.`],
    false: [`${between.replace(/ can /, ' cannot ')}.`, failure?.sentence],
    'not-visible': [
      `Whether ${between} is not visible from here: ${unseen.length} of ${hops.length} hops are not, and nothing is wrong with the others.`,
      unseen[0]?.sentence,
      askThereText(walk),
    ],
  };
  // Of an end that is asked about from itself each is said once.
  return [...answers[`${reachable}`], ...new Set(notes)].filter((text) => text !== undefined);
}

/** The same in one piece for documents. */
export function answerOfLines(answer: readonly string[]): Pick<Diagnosis, 'answer' | 'summary'> {
  return { answer, summary: answer.join(' ') };
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

/** A peering that somebody asked about and that carries nothing: the rest of the way does not matter. */
function idlePeering(
  model: NetworkModel,
  { source, target, peering }: PeeringEnds,
): Pick<Diagnosis, 'hops' | 'answer' | 'firstFailure'> {
  const { peeringId, requester, accepter, status } = peering;
  const isDead = DEAD_STATUSES.has(status);
  const next = peeringBetween(model, requester.vpcId, accepter.vpcId);
  const instead =
    next === undefined
      ? status === 'failed'
        ? failedRequestText(model, peering)
        : 'It will not come back: request it anew.'
      : `${next.peeringId} is ${next.status} between the same VPCs: peering explain ${requester.vpcId} ${accepter.vpcId}.`;
  const routes = isDead ? routesTo(model, peeringId) : '';
  const sentences = [`${stateText(model, peering)}.`, isDead ? instead : remedyOf(peering), routes].filter(
    (text) => text !== '',
  );
  const hop = { direction: 'there', ids: [peeringId], sentence: sentences.join(' ') } as const;
  return {
    hops: [{ ...hop, name: 'peering', status: 'fails' }],
    firstFailure: { ...hop, hop: 'peering' },
    answer: [`${source} cannot reach ${target} by ${peeringId}.`, ...sentences],
  };
}

/** The walk of what was asked, with all that the hops look at. */
function walkOf(
  model: NetworkModel,
  ends: { source: string; target: string },
  options: DiagnoseOptions,
): Walk {
  const { traffic = PING, suggest, extent, by, adviseRoute } = options;
  const family = options.family ?? commonFamily(model, ends.source, ends.target);
  const { from, to } = endsOf(model, ends.source, ends.target, family);
  const plain: Walk = {
    model,
    hops: [],
    source: from,
    target: to,
    request: requestOf(traffic, family),
    answer: answerOf(traffic, family, from.instance?.platform ?? 'unknown'),
    family,
    isWhole: extent === 'whole-regions',
    ...(by === undefined ? {} : { by }),
    ...(adviseRoute === undefined ? {} : { adviseRoute }),
  };
  const isOpen = suggest === 'other-ports' && traffic.protocol === 'icmp';
  return isOpen ? { ...plain, ...insteadOfPing(plain) } : plain;
}

/** Says of a VPC's stand-in that it was a peering that was asked for. */
function asEndOfPeering({ peering: { peeringId }, source, target }: PeeringEnds, walk: Walk): Walk {
  const behind = (end: Endpoint, vpcId: string): Endpoint =>
    end.asked !== vpcId || end.note === undefined
      ? end
      : {
          ...end,
          note: end.note.replace(`stands for ${vpcId}`, `stands for ${vpcId}, the other end of ${peeringId}`),
        };
  return { ...walk, by: 'peering', source: behind(walk.source, source), target: behind(walk.target, target) };
}

/**
 * Says hop by hop whether a packet gets from `source` to `target` and its answer back, and where it is lost.
 *
 * It judges what EC2 shows: security groups, network ACLs, route tables, peerings and states. Firewalls inside an
 * instance, and what lies in accounts that were not read, it does not see; the latter is *not visible*, never guessed.
 * The model: "How Amazon VPC works", "Control traffic to subnets using network ACLs" and "Security group connection
 * tracking" in the Amazon VPC and EC2 guides.
 *
 * @param source the id of an instance, a network interface, a subnet, a VPC or a peering, a private address, or the name of
 * one of these; `target` the same, or an address anywhere.
 * @throws EndpointError when one of them is not found, or is not one thing.
 */
export function diagnose(
  network: NetworkSnapshot | NetworkModel,
  source: string,
  target: string,
  options: DiagnoseOptions = {},
): Diagnosis {
  const model = 'snapshot' in network ? network : createNetworkModel(network);
  const [one, other] = [resolveAsked(model, source), resolveAsked(model, target)];
  const asked = [one.note, other.note].filter((note) => note !== undefined);
  const across = peeringEnds(model, one.text, other.text);
  if (across !== undefined && !isLive(across.peering)) {
    const { requester, accepter } = across.peering;
    const idle = idlePeering(model, across);
    return {
      source,
      target,
      vpcIds: [requester.vpcId, accepter.vpcId],
      reachable: false,
      ...idle,
      ...answerOfLines([...idle.answer, ...asked]),
    };
  }
  const plain = walkOf(model, across ?? { source: one.text, target: other.text }, options);
  const walk = across === undefined ? plain : asEndOfPeering(across, plain);
  const service = across === undefined ? hostServiceAt(model, walk.source.vpcId, other.text) : undefined;
  const onHost = service === undefined ? undefined : walkOnHost(walk, service);
  if (onHost === undefined) {
    walkAll(walk);
  }
  const ofNode = onHost === undefined ? inspectNode(walk) : undefined;
  const { reachable, failure } = reachabilityOf(walk.hops);
  return {
    source,
    target,
    vpcIds: [
      ...new Set(
        [walk.source, walk.target].flatMap(({ stands, vpcId }) => (stands === 'outside' ? [] : [vpcId])),
      ),
    ],
    reachable,
    hops: walk.hops,
    ...(failure === undefined ? {} : { firstFailure: failure }),
    ...answerOfLines(
      onHost === undefined
        ? answerLines(walk, reachable, failure, [...(ofNode === undefined ? [] : [ofNode]), ...asked])
        : [...onHost, ...asked],
    ),
  };
}
