import type { ProbeResult } from '../../lib/connectivity/results.ts';
import type { PingCommand } from '../../lib/ports/connectivity.ts';
import type { Document } from '../documents.ts';
import { type Paint, shown } from '../output.ts';
import { resultsFrom } from '../pings.ts';
import type { Cell } from '../table.ts';
import type { ShownPings } from './wait.ts';

/** One ping from one instance. */
export type PingOutcome = Document<'ping'>['results'][number];

const PAINTS: Readonly<Record<PingOutcome['verdict'], Paint>> = {
  reachable: 'green',
  lossy: 'yellow',
  unreachable: 'red',
  'mtu-limited': 'yellow',
  misresolved: 'yellow',
  none: 'yellow',
};

function outcomeOf(
  { region, comment }: PingCommand,
  sourceInstanceId: string,
  result: ProbeResult | undefined,
): PingOutcome {
  const [peeringId = '', target = '', priceClass = 'unknown'] = comment.split(' ');
  return {
    peeringId: result?.peeringId ?? peeringId,
    region,
    sourceInstanceId,
    target: result?.target ?? target,
    priceClass: result?.priceClass ?? priceClass,
    verdict: result?.verdict ?? 'none',
    transmitted: result?.transmitted ?? null,
    received: result?.received ?? null,
    averageRtt: result?.averageRtt ?? null,
    reason: result?.reason ?? 'Systems Manager shows nothing of the command; look at it in its console.',
  };
}

/** One for each thing that was asked, also where Systems Manager shows nothing of it. */
export function outcomesOf(sent: readonly PingCommand[], pings: ShownPings): PingOutcome[] {
  return sent.flatMap((command) =>
    command.instanceIds.flatMap((id) => {
      const found = pings.get(command)?.get(id);
      const results = found === undefined ? [] : resultsFrom(found, command.region);
      return results.length === 0
        ? [outcomeOf(command, id, undefined)]
        : results.map((result) => outcomeOf(command, id, result));
    }),
  );
}

export const PING_HEAD = ['PEERING', 'REGION', 'FROM', 'TO', 'VERDICT', 'TIME', 'WHAT WAS SEEN'];

/** A row below `PING_HEAD`. */
export function pingRow({
  peeringId,
  region,
  sourceInstanceId,
  target,
  verdict,
  averageRtt,
  reason,
}: PingOutcome): Cell[] {
  return [
    { text: peeringId },
    { text: region },
    { text: sourceInstanceId },
    { text: target },
    { text: verdict === 'none' ? 'no verdict' : verdict, paint: PAINTS[verdict] },
    { text: averageRtt === null ? '-' : `${Math.round(averageRtt * 1000) / 1000} ms` },
    { text: shown(reason) },
  ];
}
