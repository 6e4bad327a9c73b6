import { append } from '../../model/append.ts';
import { compareText, rankOf } from '../model.ts';
import { CARD_WIDTH, type Card } from './card.ts';
import { accountKey, regionKey } from './fold.ts';

/** Boxes in frames for accounts and Regions, in columns that are one box wide. All lengths are in points. */

export const FRAME_INSET = 8;
export const COLUMN_WIDTH = CARD_WIDTH + 4 * FRAME_INSET;
/** Of an account's or Region's name. */
export const HEADER = 24;
const CARD_GAP = 8;
const BLOCK_GAP = 14;
/** An account may be so much higher than wanted before it gets another column. */
const SLACK = 1.2;

export interface BlockCard {
  readonly card: Card;
  /** From the first column of the block. */
  readonly column: number;
  readonly top: number;
  /** From the left edge of the column. */
  readonly left: number;
}

export interface Frame {
  readonly key: string;
  readonly kind: 'account' | 'region';
  readonly accountId: string;
  readonly region: string;
  readonly cards: readonly Card[];
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly height: number;
}

/** An account. */
export interface Block {
  readonly columns: number;
  readonly height: number;
  readonly frames: readonly Frame[];
  readonly cards: readonly BlockCard[];
}

interface Group {
  readonly key: string;
  readonly cards: readonly Card[];
}

/** An account, with its Regions. */
export interface Account extends Group {
  readonly regions: readonly Group[];
}

/** The worst first, then those with most to look at, then by name. */
function byHealth(groups: readonly Group[]): Group[] {
  return groups
    .map((group) => {
      const ranks = group.cards.map(({ item }) => item.rank);
      const worst = ranks.reduce((least, rank) => Math.min(least, rank), Number.POSITIVE_INFINITY);
      return { group, worst, bad: ranks.filter((rank) => rank < rankOf('unmanaged')).length };
    })
    .sort((a, b) => a.worst - b.worst || b.bad - a.bad || compareText(a.group.key, b.group.key))
    .map(({ group }) => group);
}

function compareCards(a: Card, b: Card): number {
  const isPeered = ({ item }: Card) => item.peeringCount > 0;
  return (
    Number(isPeered(b)) - Number(isPeered(a)) ||
    a.item.rank - b.item.rank ||
    compareText(a.item.key, b.item.key)
  );
}

function groupBy(cards: readonly Card[], keyOf: (card: Card) => string): Group[] {
  const groups = new Map<string, Card[]>();
  for (const card of cards) {
    const key = keyOf(card);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [card]);
    else group.push(card);
  }
  return byHealth([...groups].map(([key, own]) => ({ key, cards: own.sort(compareCards) })));
}

/** Accounts, in them Regions, in them boxes: what is unhealthy first. */
export function accountsOf(cards: readonly Card[]): Account[] {
  return groupBy(cards, ({ item }) => accountKey(item.accountId)).map((group) => ({
    ...group,
    regions: groupBy(group.cards, ({ item }) => regionKey(item.accountId, item.region)),
  }));
}

function heightOf(cards: readonly Card[]): number {
  return cards.reduce((sum, { height }) => sum + height + CARD_GAP, HEADER);
}

/** Where the next Region of an account goes. */
interface Cursor {
  column: number;
  top: number;
}

interface Filled {
  readonly frame: Frame;
  readonly cards: readonly BlockCard[];
}

/** A Region that is too high for one column gets several of about the same height, for itself alone. */
function fillRegion({ key, cards }: Group, cursor: Cursor, most: number): Filled {
  const [first] = cards;
  const whole = heightOf(cards);
  const columns = Math.max(1, Math.ceil((whole - HEADER) / Math.max(1, most * SLACK - HEADER)));
  const wanted = (whole - HEADER) / columns;
  if (cursor.top > HEADER && (columns > 1 || cursor.top + whole > most * SLACK)) {
    cursor.column += 1;
    cursor.top = HEADER;
  }
  const from = cursor.column;
  const { top } = cursor;
  const placed: BlockCard[] = [];
  let [column, y, deepest] = [from, 0, 0];
  for (const card of cards) {
    if (y > 0 && y + card.height / 2 > wanted && column < from + columns - 1) {
      column += 1;
      y = 0;
    }
    placed.push({ card, column, top: top + HEADER + y, left: 2 * FRAME_INSET });
    y += card.height + CARD_GAP;
    deepest = Math.max(deepest, y);
  }
  const height = HEADER + deepest;
  cursor.column = columns > 1 ? column + 1 : column;
  cursor.top = columns > 1 ? HEADER : top + height + CARD_GAP;
  const { accountId = '', region = '' } = first?.item ?? {};
  return {
    frame: { key, kind: 'region', accountId, region, cards, from, to: column, top, height },
    cards: placed,
  };
}

/** A folded Region is a box in the place of its frame. */
function placeFolded(card: Card, cursor: Cursor, most: number): BlockCard {
  if (cursor.top > HEADER && cursor.top + card.height > most * SLACK) {
    cursor.column += 1;
    cursor.top = HEADER;
  }
  const placed = { card, column: cursor.column, top: cursor.top, left: FRAME_INSET };
  cursor.top += card.height + CARD_GAP;
  return placed;
}

/** @param most that an account may be high, where its boxes allow it. */
function blockOf({ key, cards, regions }: Account, most: number): Block {
  const [first] = cards;
  if (first !== undefined && first.item.kind === 'account') {
    return {
      columns: 1,
      height: first.height,
      frames: [],
      cards: [{ card: first, column: 0, top: 0, left: 0 }],
    };
  }
  const cursor: Cursor = { column: 0, top: HEADER };
  const frames: Frame[] = [];
  const placed: BlockCard[] = [];
  for (const group of regions) {
    const [only] = group.cards;
    if (only !== undefined && only.item.kind === 'region') {
      placed.push(placeFolded(only, cursor, most));
      continue;
    }
    const filled = fillRegion(group, cursor, most);
    frames.push(filled.frame);
    append(placed, filled.cards);
  }
  const bottom = [
    ...frames.map(({ top, height }) => top + height),
    ...placed.map(({ card, top }) => top + card.height),
  ];
  const height = Math.max(...bottom) + CARD_GAP;
  const columns = Math.max(...placed.map(({ column }) => column)) + 1;
  const { accountId = '', region = '' } = first?.item ?? {};
  const whole: Frame = {
    key,
    kind: 'account',
    accountId,
    region,
    cards,
    from: 0,
    to: columns - 1,
    top: 0,
    height,
  };
  return { columns, height, frames: [whole, ...frames], cards: placed };
}

/** Accounts above one another, or one account alone that needs several columns. */
export interface Run {
  readonly columns: number;
  readonly height: number;
  readonly blocks: readonly { readonly block: Block; readonly top: number }[];
}

/**
 * Accounts in columns, the worst first; a smaller one fills the gap that a larger one left.
 *
 * @param most that a column may be high, where its boxes allow it.
 */
export function runsOf(accounts: readonly Account[], most: number): Run[] {
  const runs: { columns: number; height: number; blocks: { block: Block; top: number }[] }[] = [];
  for (const account of accounts) {
    const block = blockOf(account, most);
    const open =
      block.columns > 1
        ? undefined
        : runs.find(({ columns, height }) => columns === 1 && height + BLOCK_GAP + block.height <= most);
    if (open === undefined) {
      runs.push({ columns: block.columns, height: block.height, blocks: [{ block, top: 0 }] });
    } else {
      open.blocks.push({ block, top: open.height + BLOCK_GAP });
      open.height += BLOCK_GAP + block.height;
    }
  }
  return runs;
}
