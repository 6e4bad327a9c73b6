import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { PriceClass } from '../../lib/connectivity/probes.ts';

/** What traffic across a peering costs, by where its two ends are: from the list of prices that docs/cost.md rests on. */

type Charged = Exclude<PriceClass, 'unknown'>;

const PRICES = new URL('../../bench/prices.json', import.meta.url);

/** US dollars a gigabyte. AWS, "Demystifying Amazon VPC peering charges", says what is charged at all. */
const prices = z.object({
  region: z.string(),
  currency: z.string(),
  asOf: z.string(),
  peeringTraffic: z.object({
    sameZoneGigabyte: z.number(),
    otherZoneGigabyteEachSide: z.number(),
    otherRegionGigabyteSent: z.number(),
  }),
});

const WHERE: Readonly<Record<Charged, string>> = {
  'same-zone': 'the same Availability Zone',
  'other-zone': 'another Availability Zone',
  'other-region': 'another Region',
};

/**
 * A heading, a line for each price class, and where the prices are from.
 *
 * @param here of the traffic that was just seen: its line is marked.
 */
export function priceLines(here: PriceClass): string[] {
  const { region, currency, asOf, peeringTraffic } = prices.parse(JSON.parse(readFileSync(PRICES, 'utf8')));
  const price = (amount: number, how: string) => (amount === 0 ? 'free' : `${amount} ${currency} a GB${how}`);
  const amounts: Readonly<Record<Charged, string>> = {
    'same-zone': price(peeringTraffic.sameZoneGigabyte, ''),
    'other-zone': price(peeringTraffic.otherZoneGigabyteEachSide, ' on each side'),
    'other-region': price(peeringTraffic.otherRegionGigabyteSent, ' sent'),
  };
  const line = (priceClass: Charged) =>
    `${WHERE[priceClass].padEnd(28)}${amounts[priceClass].padEnd(30)}${priceClass === here ? '<- this ping' : ''}`;
  return [
    'What traffic across a peering costs; the peering itself is free:',
    ...(['same-zone', 'other-zone', 'other-region'] as const).map((each) => `  ${line(each).trimEnd()}`),
    `  (list prices of ${region}, ${asOf}: bench/prices.json)`,
  ];
}
