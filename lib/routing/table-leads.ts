import { append } from '../model/append.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import type { Cidr } from '../network/cidr.ts';
import { widest } from '../network/sorted-blocks.ts';
import { type Lead, type Leads, leadsOf, partsOf } from './leads.ts';

export interface LeadContext {
  readonly cidrOf: (destination: string) => Cidr | undefined;
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
}

/** Made with the lists beside it. */
const known = new WeakMap<
  RouteTable,
  { readonly prefixLists: LeadContext['prefixLists']; readonly leads: Leads }
>();

/** Where a table leads as it is. Made once: it is asked for each of its routes that may go, and there may be thousands. */
export function leadsOfTable(table: RouteTable, { cidrOf, prefixLists }: LeadContext): Leads {
  const found = known.get(table);
  if (found?.prefixLists === prefixLists) {
    return found.leads;
  }
  const leads = leadsOf(table.routes, cidrOf, prefixLists);
  known.set(table, { prefixLists, leads });
  return leads;
}

/** Of the blocks of a route, what the table leads by it, and what it leads by others. */
export interface Split {
  /** Disjoint blocks; also what one of two lists has, if the route is one of theirs. */
  readonly byRoute: readonly Cidr[];
  /** Narrower ones, and what goes before the route at the same block. */
  readonly byOthers: readonly Lead[];
}

/** @param route of the table itself. @param blocks of it: all, or some. */
export function splitByRoute(
  table: RouteTable,
  route: Route,
  blocks: readonly Cidr[],
  context: LeadContext,
): Split {
  const leads = leadsOfTable(table, context);
  const byRoute: Cidr[] = [];
  const byOthers: Lead[] = [];
  for (const part of widest(blocks).flatMap((block) => partsOf(leads, block))) {
    const { lead } = part;
    if (lead === undefined) continue;
    if (lead.route === route || lead.alternative === route) append(byRoute, part.blocks);
    else byOthers.push(lead);
  }
  return { byRoute, byOthers };
}
