import { createRouted } from '../../lib/assessment/routed.ts';
import type { TableParts } from '../support/fixtures.ts';
import { OWN, policyOf, route, table, vpc } from '../support/fixtures.ts';
import { registryOf } from '../support/plan-of.ts';

/** What of a live peering is led there already, of which an address plan is not asked. */

const local = vpc('vpc-1', ['10.1.0.0/16'], { accountId: OWN });

function routedOf(parts: TableParts, routes = [route('10.2.9.0/24', 'pcx-1')]): readonly string[] {
  return createRouted(
    { tables: [table('rtb-1', local, routes, parts)] },
    registryOf(['rtb-1 10.2.0.0/16 pcx-1']),
    policyOf(),
  )('pcx-1', local.vpcId);
}

it.each<[string, TableParts]>([
  ['asks for it still', { optIn: 'peers other' }],
  ['asks for all', { optIn: '*' }],
  ['merely lost its tag, which is told', {}],
])('an own route that is gone counts where its table %s', (_, parts) => {
  expect(routedOf(parts)).toEqual(['10.2.9.0/24', '10.2.0.0/16']);
});

it.each<[string, TableParts]>([
  ['asks for other rules now', { optIn: 'other' }],
  ['was handed back', { optIn: 'none' }],
])('an own route that is gone is gone for good where its table %s', (_, parts) => {
  expect(routedOf(parts)).toEqual(['10.2.9.0/24']);
});

it('a route that is in the table counts, whoever made it and whatever the table asks for', () => {
  expect(routedOf({ optIn: 'other' }, [route('10.2.0.0/16', 'pcx-1')])).toEqual(['10.2.0.0/16']);
});
