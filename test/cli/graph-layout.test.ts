import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { accountKey, EVERYTHING, type PictureView, regionKey } from '../../lib/graph/layout/fold.ts';
import { type Layout, layoutOf, type PlacedCard, type PlacedFrame } from '../../lib/graph/layout/layout.ts';
import { textWidth } from '../../lib/graph/layout/text.ts';
import { EDGE_STATES, isUnhealthy, type PeeringGraph } from '../../lib/graph/model.ts';
import { drawableOf } from '../../lib/graph/overview.ts';
import { svgFile, svgForPage } from '../../lib/graph/svg.ts';
import { runs } from '../support/runs.ts';
import { edgeBetween, hubAndSpoke, mesh } from './support/graphs.ts';

interface Box {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boxOfCard({ card, x, y }: PlacedCard): Box {
  return { name: card.item.key, x, y, width: card.width, height: card.height };
}

function boxOfFrame({ frame, x, y, width, height }: PlacedFrame): Box {
  return { name: frame.key, x, y, width, height };
}

/** Half a point is no overlap that anybody sees. */
function isOver(a: Box, b: Box): boolean {
  const apart =
    a.x + a.width <= b.x + 0.5 ||
    b.x + b.width <= a.x + 0.5 ||
    a.y + a.height <= b.y + 0.5 ||
    b.y + b.height <= a.y + 0.5;
  return !apart;
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function overlapsIn(boxes: readonly Box[]): string[] {
  return boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter((b) => isOver(a, b))
      .map((b) => `${a.name} over ${b.name}`),
  );
}

/** The pieces of all lines, as boxes without width or height. */
function piecesOf({ ties }: Layout) {
  return ties.flatMap(({ tie, points }) =>
    points.slice(1).map((to, index) => {
      const from = points[index] ?? to;
      return {
        tie,
        name: tie.key,
        isStraight: from.x === to.x || from.y === to.y,
        x: Math.min(from.x, to.x),
        y: Math.min(from.y, to.y),
        width: Math.abs(from.x - to.x),
        height: Math.abs(from.y - to.y),
      };
    }),
  );
}

function framesOf({ frames }: Layout, kind: 'account' | 'region') {
  return frames.filter(({ frame }) => frame.kind === kind);
}

/** What holds for every picture. */
function expectSound(graph: PeeringGraph, view: PictureView): Layout {
  const layout = layoutOf(graph, view);
  const cards = layout.cards.map(boxOfCard);
  const accounts = framesOf(layout, 'account');
  const regions = framesOf(layout, 'region');
  const pieces = piecesOf(layout);
  const paper = { name: 'paper', x: 0, y: 0, width: layout.width, height: layout.height };
  expect(overlapsIn(cards)).toEqual([]);
  expect(overlapsIn(accounts.map(boxOfFrame))).toEqual([]);
  expect(overlapsIn(regions.map(boxOfFrame))).toEqual([]);
  expect(
    [...cards, ...layout.frames.map(boxOfFrame), ...pieces].filter((each) => !isInside(each, paper)),
  ).toEqual([]);
  // Each box is in the frames of its account and Region, and in no other.
  for (const placed of layout.cards) {
    const { item } = placed.card;
    const around = layout.frames.filter((frame) => isOver(boxOfCard(placed), boxOfFrame(frame)));
    const keys = around.map(({ frame }) => frame.key).sort();
    const own = [accountKey(item.accountId), regionKey(item.accountId, item.region)];
    const levels = item.isHub ? 0 : { vpc: 2, region: 1, account: 0 }[item.kind];
    expect(keys).toEqual(own.slice(0, levels));
    for (const frame of around) expect(isInside(boxOfCard(placed), boxOfFrame(frame))).toBe(true);
  }
  expect(pieces.filter(({ isStraight }) => !isStraight)).toEqual([]);
  expect(
    pieces.flatMap((piece) =>
      cards.filter((card) => isOver(piece, card)).map((card) => `${piece.name} over ${card.name}`),
    ),
  ).toEqual([]);
  return layout;
}

const NETWORKS: readonly (readonly [string, PeeringGraph])[] = [
  ['nothing', { vpcs: [], edges: [] }],
  ['one VPC', hubAndSpoke(1)],
  ['two VPCs', hubAndSpoke(2, 1, 2)],
  ['10 VPCs around a hub', hubAndSpoke(10)],
  ['30 VPCs around two hubs', hubAndSpoke(30, 2)],
  ['300 VPCs around three hubs', hubAndSpoke(300, 3)],
  ['300 VPCs in one account', hubAndSpoke(300, 2, 1)],
  ['a mesh of 10', mesh(10)],
  ['a mesh of 30', mesh(30)],
];

describe.each(NETWORKS)('the layout of %s', (_, graph) => {
  const all = new Set(graph.vpcs.map(({ accountId }) => accountKey(accountId)));
  const regions = new Set(graph.vpcs.map(({ accountId, region }) => regionKey(accountId, region)));

  it.each([
    ['unfolded', EVERYTHING],
    ['with accounts folded', { ...EVERYTHING, folded: all }],
    ['with Regions folded, for a narrow window', { ...EVERYTHING, folded: regions, ratio: 0.5 }],
    ['of what is unhealthy', { ...EVERYTHING, only: 'unhealthy' }],
  ] satisfies [string, PictureView][])('%s has no box over a box, and no line over a box', (_name, view) => {
    expectSound(graph, view);
  });

  it('draws each VPC and each peering once', () => {
    for (const folded of [new Set<string>(), all, regions]) {
      const { cards, ties } = layoutOf(graph, { ...EVERYTHING, folded });
      const drawn = [
        ...ties.flatMap(({ tie }) => tie.edges),
        ...cards.flatMap(({ card }) => card.item.inside),
      ].map(({ peeringId }) => peeringId);
      expect(drawn.sort()).toEqual(graph.edges.map(({ peeringId }) => peeringId).sort());
      expect(cards.flatMap(({ card }) => card.item.vpcs.map(({ vpcId }) => vpcId)).sort()).toEqual(
        graph.vpcs.map(({ vpcId }) => vpcId).sort(),
      );
    }
  });

  it('is the same in whatever order it was read', () => {
    const turned = { vpcs: [...graph.vpcs].reverse(), edges: [...graph.edges].reverse() };
    expect(layoutOf(turned, EVERYTHING).ties.map(({ points }) => points)).toEqual(
      layoutOf(graph, EVERYTHING).ties.map(({ points }) => points),
    );
  });

  it('draws unhealthy peerings above the others, and each of them with its name and state', () => {
    const { ties, cards } = layoutOf(graph, EVERYTHING);
    const ranks = ties.map(({ tie }) => EDGE_STATES.indexOf(tie.state));
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    const rows = cards.flatMap(({ card }) => card.rows).filter(isUnhealthy);
    for (const row of rows.filter((each) => each.ties.length === 1)) expect(row.says).toBe(row.state);
  });

  it('has no text that is wider than its box', () => {
    for (const { card } of layoutOf(graph, EVERYTHING).cards) {
      for (const { text, size } of card.texts) expect(textWidth(text, size)).toBeLessThanOrEqual(card.width);
      for (const { name, says } of card.rows) {
        expect(textWidth(`${name}${says}`, 10.5)).toBeLessThanOrEqual(card.width - 24);
      }
    }
  });
});

describe('hubs', () => {
  it.each([1, 2, 3])('%d of them are in a corridor that no account reaches into', (hubs) => {
    const layout = layoutOf(hubAndSpoke(60, hubs), EVERYTHING);
    const inCorridor = layout.cards.filter(({ card }) => card.item.isHub);
    expect(inCorridor.map(({ card }) => card.item.key).sort()).toEqual(
      hubAndSpoke(60, hubs)
        .vpcs.slice(0, hubs)
        .map(({ vpcId }) => vpcId),
    );
    const top = Math.min(...inCorridor.map(({ y }) => y));
    const bottom = Math.max(...inCorridor.map(({ y, card }) => y + card.height));
    const sides = layout.frames.map(({ y, height }) =>
      y + height < top ? 'above' : y > bottom ? 'below' : 'beside',
    );
    expect(new Set(sides)).toEqual(new Set(['above', 'below']));
    const middle = inCorridor.reduce((sum, { x, card }) => sum + x + card.width / 2, 0) / hubs;
    expect(Math.abs(middle / layout.width - 0.5)).toBeLessThan(0.2);
  });

  it('are none in a mesh, where all have the same peers', () => {
    expect(layoutOf(mesh(10), EVERYTHING).cards.some(({ card }) => card.item.isHub)).toBe(false);
  });

  it('stay hubs when everything else is folded', () => {
    const graph = hubAndSpoke(60, 2);
    const folded = new Set(graph.vpcs.map(({ accountId }) => accountKey(accountId)));
    const { cards } = layoutOf(graph, { ...EVERYTHING, folded });
    expect(cards.filter(({ card }) => card.item.kind === 'vpc').map(({ card }) => card.item.isHub)).toEqual([
      true,
      true,
    ]);
  });
});

it('no line runs through the frame of an account that it does not belong to', () => {
  const graph = hubAndSpoke(120, 3);
  const layout = layoutOf(graph, EVERYTHING);
  const accountOf = new Map(graph.vpcs.map(({ vpcId, accountId }) => [vpcId, accountKey(accountId)]));
  const foreign = piecesOf(layout).flatMap((piece) =>
    framesOf(layout, 'account')
      .filter(
        ({ frame }) => ![piece.tie.trunk, piece.tie.leaf].some((end) => accountOf.get(end) === frame.key),
      )
      .filter((frame) => isOver(piece, boxOfFrame(frame)))
      .map(({ frame }) => `${piece.name} in ${frame.key}`),
  );
  expect(foreign).toEqual([]);
});

it('accounts with what is unhealthy come first', () => {
  const { frames } = layoutOf(hubAndSpoke(60, 1), EVERYTHING);
  const worst = frames
    .filter(({ frame }) => frame.kind === 'account')
    .map(({ frame }) => Math.min(...frame.cards.map(({ item }) => item.rank)));
  expect(worst).toEqual([...worst].sort((a, b) => a - b));
});

const networks = fc
  .record({
    count: fc.integer({ min: 1, max: 24 }),
    accounts: fc.integer({ min: 1, max: 6 }),
    ends: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(...EDGE_STATES)), { maxLength: 60 }),
    folded: fc.array(fc.nat(), { maxLength: 4 }),
    ratio: fc.constantFrom(0.4, 1, 1.6, 3),
  })
  .map(({ count, accounts, ends, folded, ratio }) => {
    const { vpcs } = hubAndSpoke(count, 1, accounts);
    const edges = ends.flatMap(([from, to, state], index) => {
      const [a, b] = [vpcs[from % count], vpcs[to % count]];
      return a === undefined || b === undefined || a === b ? [] : [edgeBetween(index, a, b, state)];
    });
    const keys = vpcs.flatMap(({ accountId, region }) => [
      accountKey(accountId),
      regionKey(accountId, region),
    ]);
    const view: PictureView = {
      ...EVERYTHING,
      ratio,
      folded: new Set(folded.flatMap((each) => keys[each % keys.length] ?? [])),
    };
    return { graph: { vpcs, edges }, view };
  });

it('any network, folded in any way, has no box over a box, and no line over a box', () => {
  fc.assert(
    fc.property(networks, ({ graph, view }) => {
      expectSound(graph, view);
    }),
    { numRuns: runs(150) },
  );
});

const HOSTILE = [
  '</script><script>alert(1)</script>',
  ']]><script>alert(1)</script>',
  '" onload="alert(1)',
  "' onload='alert(1)",
  '<![CDATA[ & &amp; <!-- --> </title></svg>',
  '字'.repeat(60),
];

describe('the file', () => {
  const graph = hubAndSpoke(HOSTILE.length, 1);
  const hostile: PeeringGraph = {
    vpcs: graph.vpcs.map((vpc, index) => ({
      ...vpc,
      name: HOSTILE[index] ?? '',
      region: HOSTILE[index] ?? '',
    })),
    edges: graph.edges.map((edge, index) => ({ ...edge, name: HOSTILE[index] ?? '', reasons: HOSTILE })),
  };

  it('is well-formed, and names from outside are text in it and nothing else', () => {
    const svg = svgFile(hostile, drawableOf(hostile));
    expect(XMLValidator.validate(svg)).toBe(true);
    const [, ...parts] = svg.split('<script>');
    expect(parts).toHaveLength(1);
    expect(svg).not.toMatch(/<[^>]* onload=/);
    const parser = new XMLParser({ ignoreAttributes: false, processEntities: true });
    const data = JSON.parse(parser.parse(svg).svg.metadata['#text']);
    expect(data).toEqual(hostile);
  });

  it('in a page has no script of its own, and its data ends nothing', () => {
    const svg = svgForPage(hostile, drawableOf(hostile));
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('</script');
    expect(svg).not.toContain('<!--');
  });

  it('of a network that is too large has accounts and Regions, and says so', () => {
    const large = hubAndSpoke(1600, 4, 40);
    const drawable = drawableOf(large);
    expect(drawable.note).toMatch(/^1600 VPCs and \d+ peerings are too many for one picture/);
    const svg = svgFile(large, drawable);
    expect(svg).not.toContain('<script>');
    expect(svg.match(/class="card region/g)?.length).toBeGreaterThan(40);
    expect(svg.length).toBeLessThan(1_500_000);
  });

  it('of a thousand peerings is no larger than a photograph', () => {
    const large = hubAndSpoke(800, 6);
    expect(large.edges.length).toBeGreaterThan(1000);
    expect(drawableOf(large).note).toBeUndefined();
    expect(svgFile(large, drawableOf(large)).length).toBeLessThan(3_000_000);
  });
});
