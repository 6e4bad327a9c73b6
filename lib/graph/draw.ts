import { escapeHtml } from './escape.ts';
import { HEADER } from './layout/blocks.ts';
import { type CardRow, type CardText, INSET, MARK_WIDTH, ROW_SIZE } from './layout/card.ts';
import type { Item, Tie } from './layout/fold.ts';
import type { Layout, PlacedCard, PlacedFrame, PlacedTie } from './layout/layout.ts';
import type { Point } from './layout/routes.ts';
import { fitted, textWidth } from './layout/text.ts';
import {
  counted,
  countStates,
  type EdgeState,
  edgeText,
  type GraphVpc,
  isUnhealthy,
  type PeeringGraph,
  STATE_TEXT,
  vpcText,
} from './model.ts';

/** Placed boxes and lines as SVG. Every text from outside is escaped here. */

/** `live`: for the script, which makes buttons of what can be folded. `still`: a picture for itself. */
export type Drawing = 'still' | 'live';

/** Marks that tell the states apart without colours, in a square of 8 points around the origin. */
const MARKS: Readonly<Record<EdgeState, string>> = {
  lost: 'M-4-4L4 4M4-4L-4 4',
  drift: 'M0-4.5L4.5 4H-4.5Z',
  gone: 'M-4-4H4V4H-4ZM-4-4L4 4',
  'not-judged': 'M-3-2A3 3 0 1 1 0 1V2M0 4V4.5',
  pending: 'M0-4.5L4.5 0L0 4.5L-4.5 0Z',
  unmanaged: 'M-4 0A4 4 0 1 1 4 0A4 4 0 1 1-4 0',
  routed: 'M-4 0A4 4 0 1 1 4 0A4 4 0 1 1-4 0',
};

function tenths(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function markAt(state: EdgeState, x: number, y: number): string {
  return `<path class="mark ${state}" transform="translate(${tenths(x)} ${tenths(y)})" d="${MARKS[state]}"/>`;
}

const RADIUS = 6;

/** Lines with round corners: where lines only cross there is none. */
function pathOf(points: readonly Point[]): string {
  const segments: string[] = [];
  for (const [index, point] of points.entries()) {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (before === undefined || after === undefined) {
      segments.push(`${before === undefined ? 'M' : 'L'}${tenths(point.x)} ${tenths(point.y)}`);
      continue;
    }
    const back = Math.hypot(point.x - before.x, point.y - before.y);
    const on = Math.hypot(after.x - point.x, after.y - point.y);
    const radius = Math.min(RADIUS, back / 2, on / 2);
    if (radius < 0.5) {
      segments.push(`L${tenths(point.x)} ${tenths(point.y)}`);
      continue;
    }
    const toward = (to: Point, length: number) =>
      `${tenths(point.x + ((to.x - point.x) / length) * radius)} ${tenths(point.y + ((to.y - point.y) / length) * radius)}`;
    segments.push(`L${toward(before, back)}Q${tenths(point.x)} ${tenths(point.y)} ${toward(after, on)}`);
  }
  return segments.join('');
}

function title(text: string): string {
  return `<title>${escapeHtml(text)}</title>`;
}

/** Unhealthy peerings whose name stands in a frame, by state. */
function unhealthyIn({ cards }: PlacedFrame['frame']): [EdgeState, number][] {
  return countStates(
    cards
      .flatMap(({ item }) => [...item.rows.flatMap(({ edges }) => edges), ...item.inside])
      .filter(isUnhealthy),
  );
}

/** Of the names of accounts and Regions. */
const HEAD_SIZE = 10;

function foldable(key: string, isFolded: boolean, drawing: Drawing): string {
  return drawing === 'still'
    ? 'class="head"'
    : `class="head" role="button" tabindex="0" aria-expanded="${!isFolded}" data-fold="${escapeHtml(key)}"`;
}

/** As many as there is room for, in their order; the first in any case. */
function fittingList([first = '', ...more]: readonly string[], room: number): string {
  let says = first;
  for (const [index, each] of more.entries()) {
    const longer = `${says}, ${each}`;
    const isLast = index === more.length - 1;
    if (textWidth(isLast ? longer : `${longer} …`, HEAD_SIZE) > room) return `${says} …`;
    says = longer;
  }
  return says;
}

function frameSvg({ frame, x, y, width, height }: PlacedFrame, drawing: Drawing): string {
  const { kind, accountId, region, key, cards } = frame;
  const vpcs = cards.reduce((sum, { item }) => sum + item.vpcs.length, 0);
  const name = `${kind === 'account' ? `Account ${accountId}` : region} · ${counted(vpcs, 'VPC')}`;
  const bad = unhealthyIn(frame);
  const whole = [name, ...bad.map(([state, count]) => `${count} ${state}`)].join(' · ');
  const [worst] = bad;
  const arrow = drawing === 'live' ? '▾ ' : '';
  const says = fittingList(
    bad.map(([state, count]) => `${count} ${state}`),
    width - 2 * INSET - textWidth(`${arrow}${name}  `, HEAD_SIZE),
  );
  const room = width - 2 * INSET - textWidth(`${arrow}${says} `, HEAD_SIZE);
  return [
    `<g class="frame ${kind}"><rect x="${tenths(x)}" y="${tenths(y)}" width="${tenths(width)}" height="${tenths(height)}" rx="6"/>`,
    `<g ${foldable(key, false, drawing)}>${title(whole)}`,
    `<rect class="press" x="${tenths(x)}" y="${tenths(y)}" width="${tenths(width)}" height="${HEADER}" rx="6"/>`,
    `<text x="${tenths(x + INSET)}" y="${tenths(y + 16)}">${escapeHtml(arrow + fitted(name, HEAD_SIZE, room))}</text>`,
    worst === undefined
      ? ''
      : `<text class="worst ${worst[0]}" x="${tenths(x + width - INSET)}" y="${tenths(y + 16)}" text-anchor="end">${says}</text>`,
    '</g></g>',
  ].join('');
}

function textSvg({ text, as, size, y }: CardText, x: number, top: number): string {
  return `<text class="${as}" x="${tenths(x + INSET)}" y="${tenths(top + y)}" font-size="${size}">${escapeHtml(text)}</text>`;
}

function itemText({ kind, vpcs, inside, peeringCount }: Item, name: string): string {
  const [vpc] = vpcs;
  if (kind === 'vpc' && vpc !== undefined) return `${vpcText(vpc)}\n${counted(peeringCount, 'peering')}`;
  const bad = countStates(inside).map(([state, count]) => `${count} ${state}`);
  return [
    `${name}: ${counted(vpcs.length, 'VPC')}, ${counted(peeringCount, 'peering')}`,
    ...(bad.length === 0 ? [] : [`Inside: ${bad.join(', ')}`]),
  ].join('\n');
}

function rowSvg({ name, says, state, y }: CardRow, { x, y: top, card }: PlacedCard): string {
  const [left, middle] = [x + INSET, top + y];
  const base = tenths(middle + ROW_SIZE * 0.35);
  return [
    markAt(state, left + 4, middle),
    `<text class="name" x="${tenths(left + MARK_WIDTH)}" y="${base}" font-size="${ROW_SIZE}">${escapeHtml(name)}</text>`,
    says === ''
      ? ''
      : `<text class="state" x="${tenths(x + card.width - INSET)}" y="${base}" font-size="${ROW_SIZE}" text-anchor="end">${escapeHtml(says)}</text>`,
  ].join('');
}

function cardSvg(placed: PlacedCard, drawing: Drawing): string {
  const { card, x, y } = placed;
  const { item, width, height, texts, rows } = card;
  const [first] = rows;
  const owner = item.vpcs.some((vpc) => vpc.owner === 'own') ? 'own' : 'other';
  const size = item.isHub ? ' hub' : item.peeringCount === 0 ? ' alone' : '';
  const text = itemText(item, texts[0]?.text ?? '');
  const outer =
    item.kind === 'vpc'
      ? `role="img"${drawing === 'live' ? ' tabindex="0"' : ''}`
      : foldable(item.key, true, drawing).replace('class="head" ', '').replace('class="head"', '');
  const rule = first === undefined ? '' : tenths(y + first.y - 12);
  return [
    `<g class="card ${item.kind} ${owner}${size}" data-key="${escapeHtml(item.key)}" ${outer}>${title(text)}`,
    `<rect x="${tenths(x)}" y="${tenths(y)}" width="${tenths(width)}" height="${tenths(height)}" rx="5"/>`,
    ...(first === undefined ? [] : [`<path class="rule" d="M${tenths(x)} ${rule}h${tenths(width)}"/>`]),
    ...texts.map((each, index) =>
      textSvg(
        item.kind !== 'vpc' && index === 0 && drawing === 'live' ? { ...each, text: `▸ ${each.text}` } : each,
        x,
        y,
      ),
    ),
    ...rows.filter(({ ties }) => ties.length > 1).map((row) => rowSvg(row, placed)),
    '</g>',
  ].join('');
}

const MOST_NAMED = 20;

function tieText({ edges, state }: Tie, vpcs: ReadonlyMap<string, GraphVpc>): string {
  const [first] = edges;
  if (first !== undefined && edges.length === 1) return edgeText(first, vpcs);
  const names = edges.slice(0, MOST_NAMED).map(({ name, peeringId }) => name ?? peeringId);
  const more = edges.length - names.length;
  return `${counted(edges.length, 'peering')}: ${state} (${STATE_TEXT[state]})\n${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function tieSvg(
  { tie, points }: PlacedTie,
  leaf: PlacedCard | undefined,
  vpcs: ReadonlyMap<string, GraphVpc>,
  drawing: Drawing,
): string {
  const text = tieText(tie, vpcs);
  const path = pathOf(points);
  const row = leaf?.card.rows.find(({ ties }) => ties.length === 1 && ties[0] === tie);
  return [
    `<g class="edge ${tie.state}" role="listitem" data-key="${escapeHtml(tie.key)}"${drawing === 'live' ? ' tabindex="0"' : ''}>${title(text)}`,
    `<path class="near" d="${path}"/><path class="line" d="${path}"/>`,
    leaf === undefined || row === undefined ? '' : rowSvg(row, leaf),
    '</g>',
  ].join('');
}

/** Frames, boxes and lines. */
export function drawLayout(graph: PeeringGraph, layout: Layout, drawing: Drawing): string {
  const vpcs = new Map(graph.vpcs.map((vpc) => [vpc.vpcId, vpc]));
  const cards = new Map(layout.cards.map((placed) => [placed.card.item.key, placed]));
  return [
    `<g class="frames">${layout.frames.map((frame) => frameSvg(frame, drawing)).join('\n')}</g>`,
    `<g class="cards">${layout.cards.map((card) => cardSvg(card, drawing)).join('\n')}</g>`,
    `<g class="edges" role="list" aria-label="Peerings">${layout.ties
      .map((placed) => tieSvg(placed, cards.get(placed.tie.leaf), vpcs, drawing))
      .join('\n')}</g>`,
  ].join('\n');
}
