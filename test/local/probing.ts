import type { Host, Network } from 'local-aws-peering/network';
import { bindParameters, createModelPinger, runSteps, type Work } from 'local-aws-peering/ssm';
import { hostIn, type NetworkSettings, networkOf } from 'local-aws-peering/testing';
import { resultsOf } from '../../lib/connectivity/read-results.ts';
import type { ProbeResult } from '../../lib/connectivity/results.ts';
import { PRODUCT_SCRIPTS } from '../../local/probe-steps.ts';
import { PING_DOCUMENT } from '../support/ping-scripts.ts';

export const TARGET = '10.2.1.10';

export const NAMES = {
  privateName: 'ip-10-2-1-10.ec2.internal',
  publicName: 'ec2-3-1-2-3.compute-1.amazonaws.com',
  publicAddress: '3.1.2.3',
};

/** Two instances, i-a that asks and i-b that is asked. */
export interface World {
  readonly parts?: NetworkSettings;
  readonly source?: Partial<Host>;
  readonly target?: Partial<Host>;
  readonly namesOf?: readonly string[];
}

export function networkWith({ parts = {}, source = {}, target = {}, namesOf = ['vpc-b'] }: World): Network {
  const network = networkOf(parts);
  const [a, b] = [network.hosts.get('i-a'), network.hosts.get('i-b')];
  if (a === undefined || b === undefined) throw new Error('no hosts');
  return {
    ...network,
    hosts: new Map([
      ...network.hosts,
      ['i-a', { ...a, ...source }],
      ['i-b', { ...b, names: NAMES, ...target }],
    ]),
    peerings: new Map([...network.peerings].map(([id, peering]) => [id, { ...peering, namesOf }])),
  };
}

/** Left out: the model. */
export type Carriers = Partial<Pick<Work, 'pinger' | 'runInShell'>>;

/** What the product makes of what the lab's instance prints. */
export async function probe(
  world: World,
  given: Readonly<Record<string, string>> = {},
  carriers: Carriers = {},
): Promise<readonly ProbeResult[]> {
  const network = networkWith(world);
  const values = { target: TARGET, count: '2', ...given };
  const bound = bindParameters(
    PING_DOCUMENT,
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]])),
  );
  const { outcome, steps } = await runSteps({
    document: PING_DOCUMENT,
    bound,
    network,
    host: network.hosts.get('i-a') ?? hostIn('a', {}),
    pinger: createModelPinger(1),
    scripts: PRODUCT_SCRIPTS,
    ...carriers,
    isLost: () => false,
    now: () => new Date(0),
  });
  const ports = given.ports?.split(' ').map(Number) ?? [];
  const asks = { ping: given.ping !== 'no', mtu: 'sizes' in given, name: 'names' in given, ports };
  return resultsOf({ peeringId: 'pcx-ab', target: values.target, priceClass: 'unknown', asks }, 'us-east-1', {
    instanceId: 'i-a',
    ...outcome,
    output: steps
      .map(({ stdout }) => stdout)
      .filter((text) => !text.startsWith('Step execution skipped'))
      .join('\n'),
  });
}
