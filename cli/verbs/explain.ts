import { nameablesIn } from '../../lib/connectivity/asked.ts';
import type { Diagnosis, Hop } from '../../lib/connectivity/diagnosis.ts';
import { EndpointError, isPeeringId } from '../../lib/connectivity/endpoints.ts';
import { PING, type Traffic } from '../../lib/connectivity/traffic.ts';
import { nameablePeering, resolveName, severalText, standsFor } from '../../lib/model/nameable.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import { asAddress } from '../../lib/network/cidr.ts';
import { tellNotes } from '../assess.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { explained } from '../explained.ts';
import { roomFor } from '../fitted-table.ts';
import { meant } from '../meant.ts';
import { refuseOtherKind } from '../naming.ts';
import { readNetwork } from '../network.ts';
import type { Options } from '../options.ts';
import { type Output, type Paint, shown } from '../output.ts';
import { type Policies, policiesOrDefault } from '../policy.ts';
import { routeAdvice } from '../route-advice.ts';
import { type AccountSizes, sizesAround } from '../sizes.ts';
import { openSource } from '../source/open.ts';
import { isManaged } from '../source/reach.ts';
import type { Source } from '../source/types.ts';
import { type Cell, tableLines } from '../table.ts';
import { tellUnread } from '../unread.ts';
import type { Invocation, Verb } from '../verb.ts';
import { wrapped } from '../wrapped.ts';

const STATES: Readonly<Record<Hop['status'], readonly [word: string, paint: Paint]>> = {
  passes: ['passes', 'green'],
  fails: ['FAILS', 'red'],
  'not-visible': ['not visible', 'yellow'],
};

const ABOUT_PING =
  'That is about ping (ICMP) only. For a connection, say to which port: --port 5432, --port 53 --protocol udp.';

/** @throws CliError for a port that is none, or a protocol without a port. */
function trafficOf({ port, protocol }: Options): Traffic {
  if (protocol === 'icmp') {
    if (port !== undefined) {
      throw new CliError('ICMP has no ports: leave out --port, or name tcp or udp with --protocol.');
    }
    return PING;
  }
  if (port === undefined) {
    if (protocol !== undefined) {
      throw new CliError(`--protocol ${protocol} needs a port: --protocol ${protocol} --port PORT.`);
    }
    return PING;
  }
  const number = Number(port);
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65535) {
    throw new CliError(`--port is a number from 1 to 65535, not ${shown(port, 60)}.`);
  }
  return { protocol: protocol ?? 'tcp', port: number };
}

/** In a terminal each sentence fits it; elsewhere each is one line. */
function writeAnswer(
  { answer: [first = '', ...why], reachable }: Diagnosis,
  { protocol }: Traffic,
  invocation: Invocation,
): void {
  const { output } = invocation;
  const width = roomFor(invocation) ?? Number.POSITIVE_INFINITY;
  const paint = reachable === true ? 'green' : reachable === false ? 'red' : 'yellow';
  output.line(output.paint(wrapped(shown(first, 2000), 0, width), paint));
  for (const sentence of why) {
    output.line(`  ${wrapped(shown(sentence, 2000), 2, width)}`);
  }
  if (protocol === 'icmp') {
    output.line(wrapped(ABOUT_PING, 0, width));
  }
}

function writeHops(hops: readonly Hop[], output: Output): void {
  const rows = hops.map(({ name, direction, status, sentence }): Cell[] => {
    const [word, paint] = STATES[status];
    return [{ text: direction }, { text: name }, { text: word, paint }, { text: shown(sentence) }];
  });
  for (const line of tableLines(['WAY', 'HOP', 'STATE', 'WHAT WAS SEEN'], rows, output.paint)) {
    output.line(line);
  }
}

function writeSizes(sizes: readonly AccountSizes[], output: Output): void {
  const says = sizes.flatMap((each) => each.says);
  if (says.length > 0) {
    output.line();
    output.line(output.paint('Room for peerings', 'bold'));
    for (const sentence of says) {
      output.line(`  ${output.paint(shown(sentence, 2000), 'yellow')}`);
    }
  }
}

function sizesDocument(sizes: readonly AccountSizes[]): Document<'explain'>['sizes'] {
  return {
    vpcs: sizes.flatMap(({ accountId, vpcs }) => vpcs.map((vpc) => ({ accountId, ...vpc }))),
    connections: sizes.flatMap(({ accountId, connections }) =>
      connections.map((connection) => ({ accountId, ...connection })),
    ),
    says: sizes.flatMap(({ says }) => says),
  };
}

/** What is asked about and is not there, with what is near. What is there, and was not taken for another reason, is left. */
function withMeant(error: unknown, network: NetworkSnapshot): unknown {
  if (!(error instanceof EndpointError)) {
    return error;
  }
  const all = nameablesIn(network);
  const { asked } = error;
  const isThere = all.some(({ id, name }) => id === asked || name === asked);
  return isThere ? error : new CliError(`${error.message}${meant(asked, all)}`, { cause: error });
}

/**
 * What is asked about. A peering may stand alone, by its id or its name.
 *
 * @throws CliError where something else stands alone, EndpointError for a name that several peerings have.
 */
function endsOf(
  [source = '', target]: readonly string[],
  network: NetworkSnapshot,
): { readonly source: string; readonly target: string; readonly note?: string } {
  if (target !== undefined) {
    return { source, target };
  }
  const peerings = network.peerings.map(nameablePeering);
  const named = resolveName(source, peerings, 'if-alone');
  if (named.kind === 'several') {
    throw new EndpointError(source, severalText(named.candidates));
  }
  if (named.kind === 'name') {
    return { source: named.id, target: named.id, note: standsFor(source, named) };
  }
  if (isPeeringId(source)) {
    return { source, target: source };
  }
  throw new CliError(
    `peering explain needs TARGET: where ${shown(source, 60)} should get to. Only a peering may stand alone, by its id (pcx-...) or its name, and none that was read has this name.${meant(source, peerings)}`,
  );
}

const ENDS = {
  name: 'peering explain',
  kinds: ['i', 'eni', 'subnet', 'vpc', 'pcx'],
  what: 'an instance, network interface, subnet, VPC or peering',
  list: 'An address will do, too.',
} as const;

/** What cannot be an end, and a target that is missing for sure, are said before anything is read. */
function refuseEnds([source = '', target]: readonly string[]): void {
  for (const asked of [source, target ?? '']) refuseOtherKind(asked, ENDS);
  if (
    target === undefined &&
    (asAddress(source) !== undefined || /^(i|eni|subnet|vpc)-[0-9a-f]{8,17}$/.test(source))
  ) {
    throw new CliError(
      `peering explain needs TARGET: where ${shown(source, 60)} should get to. Only a peering may stand alone, by its id (pcx-...) or its name.`,
    );
  }
}

/** Without what is only looked at: the policy judges nothing there. */
function managedPart(opened: Source, policies: Policies): Source {
  const scopes = opened.scopes.filter(({ accountId, region }) => isManaged(policies.of(accountId), region));
  return { ...opened, scopes };
}

/** The advice is judged by what the stack remembers, which nothing before it has to look for. */
function adviceReader(
  invocation: Invocation,
  policies: Policies,
  opened: Source,
): () => ReturnType<typeof routeAdvice> {
  const known = new Set(opened.notes());
  return async () => {
    const advise = await routeAdvice(invocation, policies, opened);
    tellNotes(invocation, opened, known);
    return advise;
  };
}

export const run: Verb['run'] = async (invocation) => {
  const { options, positionals, output, progress } = invocation;
  refuseEnds(positionals);
  const traffic = trafficOf(options);
  const policies = policiesOrDefault(invocation);
  const opened = await openSource(invocation, policies, 'managed-and-asked');
  const managed = managedPart(opened, policies);
  progress.doing('Reading the network');
  const network = await readNetwork(opened);
  tellNotes(invocation, opened);
  tellUnread(invocation, opened);
  const ends = endsOf(positionals, network);
  const { source, target, note } = ends;
  if (note !== undefined) output.note(`note: ${note}`);
  const onMissing = (what: string, error: unknown) =>
    output.note(`note: ${what}: ${shown(error instanceof Error ? error.message : String(error))}`);
  const diagnosis = await explained(opened, network, ends, {
    traffic,
    suggest: 'other-ports',
    extent: 'whole-regions',
    onMissing,
    // Where nobody wrote a policy there are defaults, which have no rule and say nothing of the route.
    ...(policies.all.every(({ rules }) => rules.length === 0)
      ? {}
      : { readAdvice: adviceReader(invocation, policies, managed) }),
  }).catch((error: unknown) => {
    throw withMeant(error, network);
  });
  const { reachable, hops, firstFailure, summary, vpcIds } = diagnosis;
  const sizes = await sizesAround(managed, network, policies, vpcIds).catch((error: unknown) => {
    onMissing('How large connections are, and how much room VPCs have, is not known', error);
    return [];
  });
  progress.done();
  if (options.json) {
    const document: Document<'explain'> = {
      source,
      target,
      protocol: traffic.protocol,
      port: traffic.protocol === 'icmp' ? null : traffic.port,
      vpcs: [...vpcIds],
      reachable,
      hops: hops.map((hop) => ({ ...hop, ids: [...hop.ids] })),
      firstFailure: firstFailure === undefined ? null : { ...firstFailure, ids: [...firstFailure.ids] },
      summary,
      sizes: sizesDocument(sizes),
    };
    output.json(document);
  } else {
    writeAnswer(diagnosis, traffic, invocation);
    output.line();
    writeHops(hops, output);
    writeSizes(sizes, output);
  }
  return reachable === false ? 2 : reachable === 'not-visible' ? 3 : 0;
};
