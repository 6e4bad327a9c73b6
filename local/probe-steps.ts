import {
  bridgeFor,
  CLIENT_PORT,
  carriedBetween,
  connect,
  echo,
  familyOf,
  listensAt,
  mtuOf,
  resolve,
  roundTrip,
} from 'local-aws-peering/network';
import type { Bound, KnownScript, Ping, PingOutcome, ScriptWork } from 'local-aws-peering/ssm';
import {
  PING_ON_LINUX,
  PING_ON_WINDOWS,
  PROBE_ON_LINUX,
  PROBE_ON_WINDOWS,
} from '../lib/connectivity/probe-scripts.ts';
import {
  keptRouteText,
  type NameEnd,
  nameText,
  routeText,
  type SizeEnd,
  sizeText,
  type TcpEnd,
  tcpText,
} from './probe-text.ts';

/**
 * The steps of the product's own document, as the local AWS answers them: it knows a step by its text, to the letter, and says what
 * such a script would print. That the scripts do print so is tested in real shells (`test/connectivity/probe-scripts.test.ts`).
 */

type ProductStep = 'ping' | 'probe';

interface Asked extends ScriptWork {
  readonly target: string;
}

function parameterOf(bound: Bound, name: string): string {
  return bound.get(name)?.[0] ?? '';
}

/** The words of a parameter that may be `none`. */
function wordsOf(bound: Bound, name: string): readonly string[] {
  const value = parameterOf(bound, name);
  return value === 'none' || value === '' ? [] : value.split(' ');
}

/** The SYN and two that the kernel sends again within the four seconds that the script waits. */
const TRIES = [1, 2, 3];

function tcpEnd({ network, host, target, isLost }: Asked, port: number): TcpEnd {
  const bridge = bridgeFor(host, target);
  if (bridge !== undefined) {
    return { end: bridge.address === target ? 'refused' : 'unreachable', ms: 0.1 };
  }
  const outcome = connect(network, host.instanceId, target, {
    protocol: 'tcp',
    port,
    clientPort: CLIENT_PORT,
  });
  if (!outcome.answered) {
    return outcome.direction === 'none' ? { end: 'no-route', ms: 0.1 } : { end: 'timeout' };
  }
  const crossing = {
    instanceIds: [host.instanceId, outcome.host.instanceId],
    peeringIds: outcome.peeringIds,
  };
  if (TRIES.every(() => isLost(crossing))) {
    return { end: 'timeout' };
  }
  return {
    end: listensAt(outcome.host, port) ? 'connected' : 'refused',
    ms: roundTrip(network, outcome.from, outcome.to),
  };
}

function sizeEnd({ network, host, target, isLost }: Asked, size: number): SizeEnd {
  if (size > mtuOf(host)) {
    return { end: 'own-limit', mtu: mtuOf(host) };
  }
  const outcome = bridgeFor(host, target) === undefined ? echo(network, host.instanceId, target) : undefined;
  if (outcome?.answered !== true) {
    return { end: outcome?.direction === 'none' ? 'no-route' : 'lost' };
  }
  // The answer is as large as the question. What is too large is dropped without a word.
  const most = Math.min(mtuOf(outcome.host), carriedBetween(network, outcome.from, outcome.to));
  const crossing = {
    instanceIds: [host.instanceId, outcome.host.instanceId],
    peeringIds: outcome.peeringIds,
  };
  return size > most || isLost(crossing)
    ? { end: 'lost' }
    : { end: 'carried', ms: roundTrip(network, outcome.from, outcome.to) };
}

function nameEnd({ network, host }: Asked, name: string): NameEnd {
  const address = resolve(network, host, name);
  return address === undefined ? { exit: 2, addresses: [] } : { exit: 0, addresses: [address] };
}

/** Connections and large packets, over the model. */
function modelled(asked: Asked, sizes: readonly number[], ports: readonly number[]): string[] {
  const { target } = asked;
  const { platform } = asked.host;
  const outputSections: string[] = [];
  for (const size of sizes) {
    const end = sizeEnd(asked, size);
    outputSections.push(`== size ${size}`, sizeText(platform, target, size, end));
    if (end.end === 'carried') {
      break;
    }
  }
  if (ports.length > 0) {
    outputSections.push(
      '== tcp',
      ...ports.map((port) => tcpText(platform, target, port, tcpEnd(asked, port))),
    );
  }
  return outputSections;
}

/** The script is run as root: it may hold nothing but an address and numbers, whatever a document's own patterns let through. */
function isPlain(target: string, numbers: readonly number[]): boolean {
  return (
    familyOf(target) !== undefined &&
    /^[0-9A-Fa-f:.]+$/.test(target) &&
    numbers.length > 0 &&
    numbers.every(Number.isSafeInteger)
  );
}

/** What the real script prints, without its last line; undefined: the model has to say. */
async function realOutput(
  { bound, host, target, network, runInShell, scriptWith }: Asked,
  sizes: readonly number[],
  ports: readonly number[],
): Promise<string | undefined> {
  if (bridgeFor(host, target) !== undefined || !isPlain(target, [...sizes, ...ports])) {
    return undefined;
  }
  const script = scriptWith(new Map([...bound, ['names', ['none']]]));
  const printed = await runInShell?.({ network, host, destination: target, ports, script });
  return printed?.replace(/== end\n$/, '').trimEnd();
}

async function probeOutput(asked: Asked): Promise<string> {
  const { bound, host } = asked;
  const { platform } = host;
  const [sizes = [], ports = []] = ['sizes', 'ports'].map((name) => wordsOf(bound, name).map(Number));
  const real = await realOutput(asked, sizes, ports);
  const outputSections = real === undefined ? modelled(asked, sizes, ports) : [real];
  for (const name of wordsOf(bound, 'names')) {
    outputSections.push(`== name ${name}`, nameText(platform, name, nameEnd(asked, name)));
  }
  const end = platform === 'Windows' ? '\r\n' : '\n';
  return [...outputSections.filter((part) => part !== ''), '== end', ''].join(end);
}

function pingOf({ bound, host, target }: Asked): Ping | undefined {
  const count = Number(parameterOf(bound, 'count'));
  const isWindows = host.platform === 'Windows';
  return parameterOf(bound, 'ping') === 'no'
    ? undefined
    : {
        style: isWindows ? 'windows' : 'iputils',
        target,
        family: undefined,
        count,
        intervalMs: 1000,
        deadlineMs: undefined,
        size: isWindows ? 32 : 56,
        quiet: false,
      };
}

/** What an instance's own network answers, which no packet leaves. */
function onBridge({ host, target }: Asked, ping: Ping): PingOutcome | undefined {
  const bridge = bridgeFor(host, target);
  if (bridge === undefined) {
    return undefined;
  }
  const count = ping.count ?? 1;
  const isOwn = bridge.address === target;
  const lines = Array.from({ length: count }, (_, index) =>
    isOwn
      ? `64 bytes from ${target}: icmp_seq=${index + 1} ttl=64 time=0.030 ms`
      : `From ${bridge.address} icmp_seq=${index + 1} Destination Host Unreachable`,
  );
  const counts = isOwn
    ? `${count} packets transmitted, ${count} received, 0% packet loss, time 0ms`
    : `${count} packets transmitted, 0 received, +${count} errors, 100% packet loss, time 0ms`;
  const stdout = [
    `PING ${target} (${target}) 56(84) bytes of data.`,
    ...lines,
    '',
    `--- ${target} ping statistics ---`,
    counts,
    '',
  ].join('\n');
  return { stdout, stderr: '', exitCode: isOwn ? 0 : 1 };
}

async function pingOutput(asked: Asked): Promise<PingOutcome | 'endless'> {
  const { host, network, target, pinger, isLost } = asked;
  const bridge = bridgeFor(host, target);
  const route = bridge === undefined ? routeText(network, host, target) : keptRouteText(bridge, target);
  const ping = pingOf(asked);
  const outcome: PingOutcome | 'endless' =
    ping === undefined
      ? { stdout: '', stderr: '', exitCode: 0 }
      : (onBridge(asked, ping) ?? (await pinger({ network, host, ping, isLost })));
  if (outcome === 'endless') {
    return outcome;
  }
  const end = host.platform === 'Windows' ? '\r\n' : '\n';
  // The script joins what ping says in both ways.
  const said = `${outcome.stdout}${outcome.stderr}`.replace(/(\r?\n)+$/, '');
  const outputSections = ['== route', route, ...(ping === undefined ? [] : ['== ping', said]), '== end', ''];
  return { stdout: outputSections.join(end), stderr: '', exitCode: outcome.exitCode };
}

/** What the step prints on an instance of the modelled network, and its exit code. */
async function runProductStep(step: ProductStep, work: ScriptWork): Promise<PingOutcome | 'endless'> {
  const target = parameterOf(work.bound, 'target');
  if (familyOf(target) === undefined) {
    return { stdout: '', stderr: `${target} is no address\n`, exitCode: 2 };
  }
  const asked: Asked = { ...work, target };
  return step === 'ping' ? pingOutput(asked) : { stdout: await probeOutput(asked), stderr: '', exitCode: 0 };
}

/** What the local AWS has to know of the product's document. */
export const PRODUCT_SCRIPTS: readonly KnownScript[] = (
  [
    [PING_ON_LINUX, 'ping'],
    [PING_ON_WINDOWS, 'ping'],
    [PROBE_ON_LINUX, 'probe'],
    [PROBE_ON_WINDOWS, 'probe'],
  ] as const
).map(([lines, step]) => ({ lines, run: (work) => runProductStep(step, work) }));
