import { findPing, type Ping } from '../../../lab/ssm/ping-command.ts';
import type { PingOutcome } from '../../../lab/ssm/ping-run.ts';
import { createModelPinger } from '../../../lab/ssm/ping-run.ts';
import { createRealPing } from '../../../lab/ssm/real-ping.ts';
import { hostIn, networkOf } from '../network/networks.ts';

const network = networkOf();
const logged: string[] = [];

function pingOf(line: string, platform: 'Linux' | 'Windows' = 'Linux'): Ping {
  const found = findPing([line], { platform });
  if (found.found !== 'ping') {
    throw new Error(`No ping: ${line}`);
  }
  return found.ping;
}

async function realPing() {
  const real = await createRealPing({
    model: async () => ({ stdout: 'from the model', stderr: '', exitCode: 0 }),
    log: (message) => logged.push(message),
  });
  if (typeof real === 'string') {
    process.stderr.write(`${real}\n`);
    return undefined;
  }
  return real;
}

/** Figures that differ from run to run. */
function withoutTimes(outcome: PingOutcome | 'endless'): unknown {
  return outcome === 'endless'
    ? outcome
    : {
        ...outcome,
        stdout: outcome.stdout
          .replace(/(ttl|time)=[\d.]+/g, '$1=…')
          .replace(/time \d+ms/, 'time …')
          .replace(/= [\d./]+ ms/, '= …'),
      };
}

it.each([
  'ping -c 2 10.2.1.10',
  'ping -q -c 2 10.2.1.10',
  'ping -c 2 10.3.1.10',
  'ping -c 2 -w 1 10.3.1.10',
  'ping -6 -c 2 fd00:2::10',
  'ping -s 100 -c 1 10.2.1.10',
  'ping -4 -c 1 fd00:2::10',
])('prints the same as the model for %s', async (line) => {
  const real = await realPing();
  if (real === undefined) {
    return;
  }
  const ping = pingOf(line);
  const request = { network, host: hostIn('a', {}), ping, isLost: () => false };

  try {
    const inModel = await createModelPinger(1)({ ...request, ping: { ...ping, intervalMs: 200 } });
    const inReality = await real.pinger({ ...request, host: network.hosts.get('i-a') ?? request.host });
    expect(withoutTimes(inReality)).toEqual(withoutTimes(inModel));
  } finally {
    real.stop();
  }
});

it('leaves Windows, endless pings, names and what cannot be set up to the model', async () => {
  const real = await realPing();
  if (real === undefined) {
    return;
  }
  const ask = (ping: Ping, instanceId = 'i-a') =>
    real.pinger({ network, host: hostIn('a', { instanceId }), ping, isLost: () => false });

  try {
    for (const outcome of [
      await ask(pingOf('ping -n 1 10.2.1.10', 'Windows')),
      await ask(pingOf('ping 10.2.1.10')),
      await ask(pingOf('ping -c 1 server2')),
      await ask(pingOf('ping -c 1 10.2.1.10'), 'i-unknown'),
    ]) {
      expect(outcome).toMatchObject({ stdout: 'from the model' });
    }
    expect(logged).toEqual([expect.stringContaining('A real ping could not be set up')]);
  } finally {
    real.stop();
  }
});
