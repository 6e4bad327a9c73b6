import type { Network, NetworkInterface } from './types.ts';

/** Round-trip times that look like AWS's, so that outputs and metrics of the lab can be judged at a glance. */

/** Numbers from 0 (inclusive) to 1, the same sequence for the same seed: a linear congruential generator. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const SAME_INTERFACE = 0.03;
const SAME_ZONE = 0.2;
const OTHER_ZONE = 0.8;

/** Milliseconds between Regions, rough; both orders. */
const BETWEEN_REGIONS: Readonly<Record<string, number>> = {
  'us-east-1 us-east-2': 12,
  'us-east-1 us-west-1': 62,
  'us-east-1 us-west-2': 65,
  'us-east-1 ca-central-1': 15,
  'us-east-1 eu-west-1': 68,
  'us-east-1 eu-west-2': 76,
  'us-east-1 eu-central-1': 91,
  'us-west-1 us-west-2': 22,
  'us-east-2 us-west-2': 52,
  'us-west-2 eu-west-1': 120,
  'eu-west-1 eu-west-2': 12,
  'eu-west-1 eu-central-1': 25,
  'eu-west-2 eu-central-1': 16,
  'eu-central-1 eu-north-1': 24,
};

const FAR_REGIONS = 95;

/** Milliseconds there and back, without jitter. */
export function roundTrip(network: Network, one: NetworkInterface, other: NetworkInterface): number {
  if (one.interfaceId === other.interfaceId) {
    return SAME_INTERFACE;
  }
  const [from, to] = [one, other].map(({ vpcId }) => network.vpcs.get(vpcId)?.region ?? '');
  if (from !== to) {
    return BETWEEN_REGIONS[`${from} ${to}`] ?? BETWEEN_REGIONS[`${to} ${from}`] ?? FAR_REGIONS;
  }
  const [here, there] = [one, other].map(({ subnetId }) => network.subnets.get(subnetId)?.zoneId);
  return here === there ? SAME_ZONE : OTHER_ZONE;
}

/** Up to 15 % more than the base: queues make a packet late, never early. */
export function withJitter(base: number, random: () => number): number {
  return base * (1 + 0.15 * random());
}
