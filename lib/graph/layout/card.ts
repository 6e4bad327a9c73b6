import { counted, countStates, type EdgeState, edgeName, type GraphVpc, isUnhealthy } from '../model.ts';
import type { Item, Tie } from './fold.ts';
import { fitted, textWidth } from './text.ts';

/** What stands in a box, and where its lines end. All lengths are in points. */

export interface CardText {
  readonly text: string;
  readonly as: 'title' | 'id' | 'soft' | 'bad';
  readonly size: number;
  /** Of the baseline, from the top of the box. */
  readonly y: number;
}

/** The name and state of a line, at its end. */
export interface CardRow {
  /** One; several only in the last row of a box that has no room for each. */
  readonly ties: readonly Tie[];
  /** Of the middle, from the top of the box. */
  readonly y: number;
  readonly state: EdgeState;
  readonly name: string;
  readonly says: string;
}

export interface Card {
  readonly item: Item;
  readonly width: number;
  readonly height: number;
  readonly texts: readonly CardText[];
  readonly rows: readonly CardRow[];
}

/** Of a VPC's box. */
export const CARD_WIDTH = 224;
/** Between a box's edge and what stands in it. */
export const INSET = 10;
export const ROW_SIZE = 10.5;
const ROW_HEIGHT = 17;
/** For the mark of a row's state. */
export const MARK_WIDTH = 14;

const TITLE_SIZE = 12;
const SMALL_SIZE = 10;
/** More rows than this nobody reads in a box. */
const MOST_ROWS = 12;

function cidrLine({ cidrs }: GraphVpc, width: number): string {
  if (cidrs.length === 0) return 'CIDRs not visible';
  for (let shown = cidrs.length; shown > 1; shown -= 1) {
    const more = cidrs.length - shown;
    const text = `${cidrs.slice(0, shown).join(', ')}${more === 0 ? '' : ` +${more}`}`;
    if (textWidth(text, SMALL_SIZE) <= width) return text;
  }
  return `${cidrs[0]}${cidrs.length === 1 ? '' : ` +${cidrs.length - 1}`}`;
}

type Line = Omit<CardText, 'y'>;

function line(text: string, as: CardText['as']): Line {
  return { text, as, size: as === 'title' ? TITLE_SIZE : SMALL_SIZE };
}

function vpcLines(vpc: GraphVpc, { isHub, peeringCount }: Item, width: number): Line[] {
  const { name, vpcId, accountId, region } = vpc;
  const title = line(name ?? vpcId, 'title');
  // Nobody looks here for a VPC without peerings: its CIDRs are in the text that hovering shows.
  if (peeringCount === 0) return [{ ...title, as: 'soft', size: SMALL_SIZE }];
  return [
    title,
    ...(name === undefined ? [] : [line(vpcId, 'id')]),
    line(cidrLine(vpc, width), 'id'),
    ...(isHub
      ? [line(`${accountId} · ${region}`, 'soft'), line(counted(peeringCount, 'peering'), 'soft')]
      : []),
  ];
}

function foldedLines({ kind, accountId, region, vpcs, inside }: Item): Line[] {
  const regions = new Set(vpcs.map((vpc) => vpc.region)).size;
  const worst = countStates(inside)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
  return [
    line(kind === 'account' ? `Account ${accountId}` : region, 'title'),
    line(
      `${counted(vpcs.length, 'VPC')}${kind === 'account' ? ` in ${counted(regions, 'Region')}` : ''}`,
      'soft',
    ),
    ...(inside.length === 0 ? [] : [line(`Inside: ${worst}`, inside.some(isUnhealthy) ? 'bad' : 'soft')]),
  ];
}

function rowOf(ties: readonly Tie[], titles: ReadonlyMap<string, string>): Omit<CardRow, 'y'> {
  const [tie] = ties;
  if (tie === undefined || ties.length > 1) {
    return { ties, state: tie?.state ?? 'routed', name: `and ${ties.length} more`, says: '' };
  }
  const [edge] = tie.edges;
  const name =
    edge !== undefined && tie.edges.length === 1
      ? edgeName(edge)
      : `${counted(tie.edges.length, 'peering')}, ${titles.get(tie.trunk) ?? tie.trunk}`;
  return { ties, state: tie.state, name, says: tie.state };
}

function rowsOf({ rows }: Item, titles: ReadonlyMap<string, string>): Omit<CardRow, 'y'>[] {
  if (rows.length <= MOST_ROWS) return rows.map((tie) => rowOf([tie], titles));
  const shown = rows.slice(0, MOST_ROWS - 1);
  return [...shown.map((tie) => rowOf([tie], titles)), rowOf(rows.slice(MOST_ROWS - 1), titles)];
}

/** The name first; a state that is fine is said by its mark alone where there is no room for the word. */
function fittedRow(row: Omit<CardRow, 'y'>, y: number, width: number): CardRow {
  const room = width - MARK_WIDTH;
  const says = row.says === '' ? 0 : textWidth(`  ${row.says}`, ROW_SIZE);
  if (!isUnhealthy(row) && textWidth(row.name, ROW_SIZE) + says > room) {
    return { ...row, y, says: '', name: fitted(row.name, ROW_SIZE, room) };
  }
  return { ...row, y, name: fitted(row.name, ROW_SIZE, room - says) };
}

/** @param titles of all boxes, by key. */
export function cardOf(item: Item, width: number, titles: ReadonlyMap<string, string>): Card {
  const room = width - 2 * INSET;
  const [vpc] = item.vpcs;
  const lines = item.kind === 'vpc' && vpc !== undefined ? vpcLines(vpc, item, room) : foldedLines(item);
  const texts: CardText[] = [];
  let y = 4;
  for (const each of lines) {
    y += each.size + (each.as === 'title' ? 3 : 4);
    texts.push({ ...each, y, text: fitted(each.text, each.size, room) });
  }
  y += 6;
  const rows = rowsOf(item, titles).map((row, index) =>
    fittedRow(row, y + 4 + (index + 0.5) * ROW_HEIGHT, room),
  );
  const height = rows.length === 0 ? y + 2 : y + 8 + rows.length * ROW_HEIGHT;
  return { item, width, height, texts, rows };
}

/** What an item is called in another box. */
export function titleOf({ kind, accountId, region, vpcs, key }: Item): string {
  if (kind === 'account') return `Account ${accountId}`;
  if (kind === 'region') return `${accountId} ${region}`;
  return vpcs[0]?.name ?? key;
}
