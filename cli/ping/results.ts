import { readCommandComment } from '../../lib/connectivity/probe-commands.ts';
import type { ProbeResult } from '../../lib/connectivity/results.ts';
import { kindText } from '../../lib/model/probe-kinds.ts';
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
  const about = readCommandComment(comment);
  return {
    peeringId: result?.peeringId ?? about?.peeringId ?? '',
    region,
    sourceInstanceId,
    target: result?.target ?? about?.target ?? '',
    kind: result?.kind ?? 'ping',
    port: result?.port ?? null,
    name: result?.name ?? null,
    priceClass: result?.priceClass ?? about?.priceClass ?? 'unknown',
    verdict: result?.verdict ?? 'none',
    transmitted: result?.transmitted ?? null,
    received: result?.received ?? null,
    averageRtt: result?.averageRtt ?? null,
    roundTripTimes: result?.rtt === undefined ? null : { ...result.rtt, mdev: result.rtt.mdev ?? null },
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

export const PING_HEAD = [
  'PEERING',
  'REGION',
  'FROM',
  'TO',
  'ASKED',
  'VERDICT',
  'LOSS',
  'MIN/AVG/MAX/MDEV MS',
  'TRAFFIC',
  'WHAT WAS SEEN',
];

const TRAFFIC: Readonly<Record<PingOutcome['priceClass'], string>> = {
  'same-zone': 'same zone, free',
  'other-zone': 'other zone',
  'other-region': 'other Region',
  unknown: 'unknown',
};

function timesText({ roundTripTimes, averageRtt }: PingOutcome): string {
  const round = (milliseconds: number) => Math.round(milliseconds * 1000) / 1000;
  if (roundTripTimes === null) {
    return averageRtt === null ? '-' : `${round(averageRtt)}`;
  }
  const { min, avg, max, mdev } = roundTripTimes;
  return [min, avg, max, ...(mdev === null ? [] : [mdev])].map(round).join('/');
}

function lossText({ transmitted, received }: PingOutcome): string {
  return transmitted === null || received === null || transmitted === 0
    ? '-'
    : `${Math.round(((transmitted - received) / transmitted) * 100)}%`;
}

/** A row below `PING_HEAD`. */
export function pingRow(outcome: PingOutcome): Cell[] {
  const { peeringId, region, sourceInstanceId, target, verdict, priceClass, reason, kind, port, name } =
    outcome;
  const asked = kindText({ kind, ...(port === null ? {} : { port }), ...(name === null ? {} : { name }) });
  return [
    { text: peeringId },
    { text: region },
    { text: sourceInstanceId },
    { text: target },
    { text: shown(asked) },
    { text: verdict === 'none' ? 'no verdict' : verdict, paint: PAINTS[verdict] },
    { text: lossText(outcome) },
    { text: timesText(outcome) },
    { text: TRAFFIC[priceClass] },
    { text: shown(reason) },
  ];
}
