import { gatewayOf, type RouteTable } from './route-table.ts';
import { routesTagKey } from './tags.ts';

/**
 * What a route table's tag `<prefix>:routes` asks for.
 *
 * `gateway`: the table is associated with a gateway (edge association), with the tag or without; such tables take no
 * peering routes (VPC guide, "Gateway route tables").
 *
 * `handed-back`: somebody says that the routes in the table are not the product's own any more. A tag that is merely gone
 * does not say so: it may have been lost.
 */
export type OptIn =
  | { readonly kind: 'none' }
  | { readonly kind: 'handed-back' }
  | { readonly kind: 'gateway'; readonly gatewayId: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'rules'; readonly rules: ReadonlySet<string> };

/** Value of the tag `<prefix>:routes` of a table that was handed back. No rule may be named so. */
export const HANDED_BACK = 'none';

/** Rule names are separated by spaces: tag policies of AWS Organizations forbid commas. `*` means every rule. */
export function optInOf(table: Pick<RouteTable, 'tags' | 'associations'>, tagPrefix: string): OptIn {
  const gatewayId = gatewayOf(table);
  if (gatewayId !== undefined) {
    return { kind: 'gateway', gatewayId };
  }
  const names = (table.tags[routesTagKey(tagPrefix)] ?? '').split(/\s+/).filter((name) => name !== '');
  if (names.length === 0) {
    return { kind: 'none' };
  }
  if (names.length === 1 && names[0] === HANDED_BACK) {
    return { kind: 'handed-back' };
  }
  return names.includes('*') ? { kind: 'all' } : { kind: 'rules', rules: new Set(names) };
}

/** Whether the product may write to the table at all. */
export function isOptedIn(optIn: OptIn): boolean {
  return optIn.kind === 'all' || optIn.kind === 'rules';
}

/** Whether the table asks for the routes of some rule of the policy. A tag that names none of them, mostly a slip, asks for no more than none does. */
export function selectsSome(optIn: OptIn, ruleNames: readonly string[]): boolean {
  return ruleNames.some((rule) => selectsRule(optIn, rule));
}

/** Whether the table asks for the routes of this rule. */
export function selectsRule(optIn: OptIn, rule: string): boolean {
  return optIn.kind === 'all' || (optIn.kind === 'rules' && optIn.rules.has(rule));
}
