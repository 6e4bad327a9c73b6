import type { ProbeKind } from '../model/probe-kinds.ts';
import { mtuVerdict, nameVerdict, tcpVerdict } from './kind-verdicts.ts';
import { readNames } from './name-output.ts';
import { type OutputSection, outputSectionsOf } from './output-sections.ts';
import { type OwnWay, readOwnWay } from './own-way.ts';
import { parsePing, whoAnswered } from './ping-output.ts';
import type { CommandAbout } from './probe-commands.ts';
import { type ProbeResult, resultOf } from './results.ts';
import { readSizes } from './size-output.ts';
import { readTcp } from './tcp-output.ts';
import { type VerdictWithReason, verdictOf, whyNotRun } from './verdict.ts';

/** What one instance made of a command. */
export interface Ran {
  readonly instanceId: string;
  readonly status: string;
  readonly statusDetails: string;
  readonly output: string;
}

interface Reading {
  readonly about: CommandAbout;
  readonly region: string;
  readonly ran: Ran;
  readonly sections: readonly OutputSection[];
  readonly way: OwnWay | undefined;
  readonly notRun: VerdictWithReason | undefined;
}

function baseOf({ about, region, ran }: Reading, kind: ProbeKind) {
  const { peeringId, target, priceClass } = about;
  return { peeringId, region, sourceInstanceId: ran.instanceId, target, priceClass, kind };
}

/** Earlier versions of the document printed the ping and nothing else. */
function pingResult(reading: Reading): ProbeResult {
  const { ran, sections, way } = reading;
  const text =
    sections.length === 0
      ? ran.output
      : (sections.find(({ what }) => what === 'ping')?.lines ?? []).join('\n');
  const ping = parsePing(text);
  const evidence = { way, answeredBy: whoAnswered(text) };
  return resultOf(baseOf(reading, 'ping'), verdictOf(ran.status, ran.statusDetails, ping, evidence), ping);
}

function tcpResults(reading: Reading): ProbeResult[] {
  const { about, sections, way, notRun } = reading;
  const { target } = about;
  const answers = readTcp(sections, target);
  return about.asks.ports.map((port): ProbeResult => {
    const answer = answers.get(port);
    const said = notRun ?? tcpVerdict(answer, { port, target, way });
    const base = { ...baseOf(reading, 'tcp'), port, ...said };
    if (said.verdict === 'none') {
      return base;
    }
    const ms = said.verdict === 'reachable' ? answer?.ms : undefined;
    return {
      ...base,
      transmitted: 1,
      received: said.verdict === 'reachable' ? 1 : 0,
      ...(ms === undefined ? {} : { averageRtt: ms }),
    };
  });
}

function mtuResult(reading: Reading): ProbeResult {
  const { about, sections, way, notRun } = reading;
  return {
    ...baseOf(reading, 'mtu'),
    ...(notRun ?? mtuVerdict(readSizes(sections, about.target), about.target, way)),
  };
}

function nameResults(reading: Reading): ProbeResult[] {
  const { about, sections, notRun } = reading;
  const answers = notRun === undefined ? readNames(sections) : [];
  return answers.length === 0
    ? [{ ...baseOf(reading, 'name'), ...(notRun ?? nameVerdict(undefined, about.target)) }]
    : answers.map((answer) => ({
        ...baseOf(reading, 'name'),
        name: answer.name,
        ...nameVerdict(answer, about.target),
      }));
}

/** A ping that is lost where a connection is made: somebody keeps ICMP out, and the peering itself works. */
function seenTogether(results: readonly ProbeResult[]): ProbeResult[] {
  const reached = results.find(({ kind, verdict }) => kind === 'tcp' && verdict === 'reachable');
  return results.map((result) =>
    reached !== undefined && result.kind === 'ping' && result.verdict === 'unreachable'
      ? {
          ...result,
          reason: `${result.reason} TCP port ${reached.port} there was reached, so the peering works and something keeps ICMP out: let echo requests in, or add no-ping to the target's tag for ports.`,
        }
      : result,
  );
}

/** Everything that a command found out from one instance: one result for each thing that it asked. */
export function resultsOf(about: CommandAbout, region: string, ran: Ran): ProbeResult[] {
  const sections = outputSectionsOf(ran.output);
  const reading: Reading = {
    about,
    region,
    ran,
    sections,
    way: readOwnWay(sections.find(({ what }) => what === 'route')?.lines ?? [], about.target),
    notRun: whyNotRun(ran.status, ran.statusDetails),
  };
  const { asks } = about;
  return seenTogether([
    ...(asks.ping ? [pingResult(reading)] : []),
    ...tcpResults(reading),
    ...(asks.mtu ? [mtuResult(reading)] : []),
    ...(asks.name ? nameResults(reading) : []),
  ]);
}
