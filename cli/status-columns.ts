import type { Document } from './documents.ts';
import type { Column } from './fitted-table.ts';
import { healthPaint } from './health.ts';
import { shown } from './output.ts';
import { DECISION_PAINT } from './rows.ts';
import { pingText, pingTone } from './status.ts';
import { expiresText } from './times.ts';

/** The columns of `peering status`. The higher `leftOut`, the sooner a column goes where there is no room. */

type View = Document<'status'>['views'][number];
type Ended = Document<'status'>['ended'][number];

const PING_PAINT = { good: 'green', warn: 'yellow', bad: 'red' } as const;

/** The name of a VPC, or its id: ids are never shortened. */
function named(name: string | null, id: string): string {
  return name === null ? id : shown(name, 80);
}

interface Wanted {
  /** Names and ids, and columns that say the same in each row. */
  readonly all: boolean;
  readonly now: Date;
}

function where<Row>(is: boolean, ...columns: readonly Column<Row>[]): readonly Column<Row>[] {
  return is ? columns : [];
}

/** Its id, and its name where one of them has any. */
function peeringColumns<Row extends Pick<View, 'peeringId' | 'peeringName'>>(
  rows: readonly Row[],
): Column<Row>[] {
  return [
    { title: 'PEERING', cell: ({ peeringId }) => ({ text: peeringId }) },
    ...where<Row>(
      rows.some(({ peeringName }) => peeringName !== null),
      {
        title: 'NAME',
        leftOut: 4,
        least: 10,
        cell: ({ peeringName }) => ({ text: shown(peeringName ?? '-', 80) }),
      },
    ),
  ];
}

/** Which peering, between what. */
function endColumns(views: readonly View[], { all }: Wanted): Column<View>[] {
  const differs = (read: (view: View) => string) => all || new Set(views.map(read)).size > 1;
  return [
    {
      title: 'HEALTH',
      cell({ health }) {
        const paint = healthPaint(health);
        return { text: health, ...(paint === undefined ? {} : { paint }) };
      },
    },
    ...peeringColumns(views),
    {
      title: 'ACCOUNT',
      // Where there is one account only, the column is the first to go.
      leftOut: differs(({ accountId }) => accountId) ? 3 : 11,
      cell: ({ accountId }) => ({ text: accountId }),
    },
    ...where<View>(
      differs(({ region }) => region),
      {
        title: 'REGION',
        leftOut: 5,
        cell: ({ region }) => ({ text: region }),
      },
    ),
    {
      title: 'LOCAL',
      leftOut: 2,
      least: 10,
      cell: ({ localName, localVpc }) => ({ text: named(localName, localVpc) }),
    },
    ...where<View>(all, { title: 'LOCAL VPC', cell: ({ localVpc }) => ({ text: localVpc }) }),
    {
      title: 'REMOTE',
      leftOut: 1,
      least: 10,
      cell: ({ remoteName, remoteVpc }) => ({ text: named(remoteName, remoteVpc) }),
    },
    ...where<View>(all, { title: 'REMOTE VPC', cell: ({ remoteVpc }) => ({ text: remoteVpc }) }),
    ...where<View>(
      differs(({ accountId, remoteAccount }) => (accountId === remoteAccount ? '' : remoteAccount)),
      {
        title: 'REMOTE ACCOUNT',
        leftOut: 6,
        cell: ({ remoteAccount }) => ({ text: remoteAccount }),
      },
    ),
    ...where<View>(all || views.some(({ region, remoteRegion }) => region !== remoteRegion), {
      title: 'REMOTE REGION',
      leftOut: 7,
      cell: ({ remoteRegion }) => ({ text: remoteRegion }),
    }),
  ];
}

/** How it stands. */
function stateColumns(views: readonly View[], { all, now }: Wanted): Column<View>[] {
  const differs = (read: (view: View) => string) => all || new Set(views.map(read)).size > 1;
  return [
    ...where<View>(
      differs(({ status }) => status),
      { title: 'STATE', leftOut: 8, cell: ({ status }) => ({ text: status }) },
    ),
    ...where<View>(
      differs(({ decision }) => decision),
      {
        title: 'DECISION',
        leftOut: 9,
        cell: ({ decision }) => ({ text: decision, paint: DECISION_PAINT[decision] ?? 'dim' }),
      },
    ),
    { title: 'RULE', leftOut: 10, least: 8, cell: ({ rule }) => ({ text: rule ?? '-' }) },
    {
      title: 'ROUTES',
      leftOut: 3,
      cell: ({ routes }) => ({
        text: `${routes.present}/${routes.desired}`,
        ...(routes.present === routes.desired ? {} : { paint: 'red' as const }),
      }),
    },
    ...where<View>(
      views.some(({ expires }) => expires !== null),
      { title: 'ENDS', leftOut: 6, cell: ({ expires }) => ({ text: expiresText(expires) }) },
    ),
    ...where<View>(all || views.some(({ lastPing, check }) => lastPing !== null || check !== null), {
      title: 'LAST PING',
      leftOut: 4,
      cell(view) {
        const tone = pingTone(view);
        return { text: pingText(view, now), ...(tone === undefined ? {} : { paint: PING_PAINT[tone] }) };
      },
    }),
    ...where<View>(all || views.some(({ notes }) => notes.length > 0), {
      title: 'NOTE',
      leftOut: 5,
      least: 16,
      cell: ({ notes }) => ({ text: notes.map((note) => shown(note)).join('; '), paint: 'yellow' }),
    }),
  ];
}

/** @param shows `needed`: names instead of ids, and no column that says the same in each row. */
export function statusColumns(
  views: readonly View[],
  { shows, now }: { readonly shows: 'all' | 'needed'; readonly now: Date },
): Column<View>[] {
  const wanted: Wanted = { all: shows === 'all', now };
  return [...endColumns(views, wanted), ...stateColumns(views, wanted)];
}

export function endedColumns(ended: readonly Ended[]): Column<Ended>[] {
  return [
    ...peeringColumns(ended),
    { title: 'REGION', leftOut: 4, cell: ({ region }) => ({ text: region }) },
    { title: 'STATE', cell: ({ status }) => ({ text: status, paint: 'red' }) },
    {
      title: 'ASKED BY',
      leftOut: 3,
      cell: ({ askedBy }) => ({ text: askedBy === 'ours' ? 'this account' : 'the other account' }),
    },
    {
      title: 'FROM AND TO',
      leftOut: 2,
      cell: ({ requesterAccount, requesterVpc, accepterAccount, accepterVpc }) => ({
        text: `${requesterAccount}/${requesterVpc} -> ${accepterAccount}/${accepterVpc}`,
      }),
    },
    { title: 'WHAT AWS SAYS', least: 20, cell: ({ statusMessage }) => ({ text: shown(statusMessage) }) },
  ];
}
