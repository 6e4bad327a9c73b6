import type { Hop } from '../../lib/connectivity/diagnosis.ts';
import { isPeeringId } from '../../lib/connectivity/endpoints.ts';
import { PING, type Traffic } from '../../lib/connectivity/traffic.ts';
import { tellNotes } from '../assess.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { explained } from '../explained.ts';
import { readNetwork } from '../network.ts';
import type { Options } from '../options.ts';
import { type Output, type Paint, shown } from '../output.ts';
import { policiesOrDefault } from '../policy.ts';
import { openSource } from '../source/open.ts';
import { type Cell, tableLines } from '../table.ts';
import { tellUnread } from '../unread.ts';
import type { Verb } from '../verb.ts';

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

function writeHops(hops: readonly Hop[], output: Output): void {
  const rows = hops.map(({ name, direction, status, sentence }): Cell[] => {
    const [word, paint] = STATES[status];
    return [{ text: direction }, { text: name }, { text: word, paint }, { text: shown(sentence) }];
  });
  for (const line of tableLines(['WAY', 'HOP', 'STATE', 'WHAT WAS SEEN'], rows, output.paint)) {
    output.line(line);
  }
}

/** @throws CliError where something else than a peering stands alone. */
function targetOf([source = '', target]: readonly string[]): string {
  if (target === undefined && !isPeeringId(source)) {
    throw new CliError(
      `peering explain needs TARGET: where ${shown(source, 60)} should get to. Only a peering (pcx-...) may stand alone.`,
    );
  }
  return target ?? source;
}

export const run: Verb['run'] = async (invocation) => {
  const { options, positionals, output, progress } = invocation;
  const [source = ''] = positionals;
  const target = targetOf(positionals);
  const traffic = trafficOf(options);
  const opened = await openSource(invocation, policiesOrDefault(invocation));
  progress.doing('Reading the network');
  const network = await readNetwork(opened);
  tellNotes(invocation, opened);
  tellUnread(invocation, opened);
  const diagnosis = await explained(
    opened,
    network,
    { source, target },
    {
      traffic,
      suggest: 'other-ports',
      extent: 'whole-regions',
      onMissing: (what, error) =>
        output.note(`note: ${what}: ${shown(error instanceof Error ? error.message : String(error))}`),
    },
  );
  progress.done();
  const { reachable, hops, firstFailure, summary, vpcIds } = diagnosis;
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
    };
    output.json(document);
  } else {
    const paint = reachable === true ? 'green' : reachable === false ? 'red' : 'yellow';
    output.line(output.paint(shown(summary, 2000), paint));
    if (traffic.protocol === 'icmp') {
      output.line(shown(ABOUT_PING));
    }
    output.line();
    writeHops(hops, output);
  }
  return reachable === false ? 2 : 0;
};
