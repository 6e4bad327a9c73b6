import type { RouteTable } from './route-table.ts';
import { routesTagKey } from './tags.ts';

/**
 * What a route table's tag `<prefix>:routes` asks for.
 *
 * `gateway`: the table is associated with a gateway (edge association), with the tag or without; such tables take no
 * peering routes (VPC guide, "Gateway route tables").
 */
export type OptIn =
  | { readonly kind: 'none' }
  | { readonly kind: 'gateway'; readonly gatewayId: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'rules'; readonly rules: ReadonlySet<string> };

/** Rule names are separated by spaces: tag policies of AWS Organizations forbid commas. `*` means every rule. */
export function optInOf(table: Pick<RouteTable, 'tags' | 'associations'>, tagPrefix: string): OptIn {
  const gatewayId = table.associations.find((association) => association.gatewayId !== undefined)?.gatewayId;
  if (gatewayId !== undefined) {
    return { kind: 'gateway', gatewayId };
  }
  const names = (table.tags[routesTagKey(tagPrefix)] ?? '').split(/\s+/).filter((name) => name !== '');
  if (names.length === 0) {
    return { kind: 'none' };
  }
  return names.includes('*') ? { kind: 'all' } : { kind: 'rules', rules: new Set(names) };
}

/** Whether the product may write to the table at all. */
export function isOptedIn(optIn: OptIn): boolean {
  return optIn.kind === 'all' || optIn.kind === 'rules';
}

/** Whether the table asks for the routes of this rule. */
export function selectsRule(optIn: OptIn, rule: string): boolean {
  return optIn.kind === 'all' || (optIn.kind === 'rules' && optIn.rules.has(rule));
}
