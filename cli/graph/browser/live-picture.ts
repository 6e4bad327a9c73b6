import { accountKey, type PictureView, regionKey } from '../../../lib/graph/layout/fold.ts';
import { counted, type GraphVpc, isUnhealthy, type PeeringGraph } from '../../../lib/graph/model.ts';
import { type Picture, pictureOf } from '../../../lib/graph/picture.ts';
import { find } from '../find.ts';
import type { Controls } from './controls.ts';
import type { Viewport } from './viewport.ts';

/** The picture that is drawn again as it is folded, filtered and searched. */

/** Smaller than this nobody reads the names at first sight. */
const READABLE = 0.42;

export const KEYS =
  'Drag or arrow keys move, + and - or the wheel zoom, 0 shows all, / searches (Enter goes on), N goes to the next unhealthy peering. ' +
  'A press on the name of an account or a Region folds it. What is pointed at or has the focus is told here.';

/** One box alone shows nothing. */
function severalOf(keys: ReadonlySet<string>): ReadonlySet<string> {
  return keys.size > 1 ? keys : new Set();
}

/**
 * What may be folded at first, the least first: nothing; accounts, then also Regions, in which all is well; every account, or of a
 * single account every Region.
 */
function foldings({ vpcs, edges }: PeeringGraph): Set<string>[] {
  const unhealthy = new Set(
    edges.filter(isUnhealthy).flatMap(({ requester, accepter }) => [requester, accepter]),
  );
  const keys = (which: readonly GraphVpc[]) => ({
    accounts: new Set(which.map(({ accountId }) => accountKey(accountId))),
    regions: new Set(which.map(({ accountId, region }) => regionKey(accountId, region))),
  });
  const all = keys(vpcs);
  const open = keys(vpcs.filter(({ vpcId }) => unhealthy.has(vpcId)));
  const accounts = [...severalOf(all.accounts)].filter((key) => !open.accounts.has(key));
  const regions = [...severalOf(all.regions)].filter((key) => !open.regions.has(key));
  const coarsest = all.accounts.size > 1 ? all.accounts : severalOf(all.regions);
  return [new Set(), new Set(accounts), new Set([...accounts, ...regions]), new Set(coarsest)];
}

export class LivePicture {
  readonly #graph: PeeringGraph;
  readonly #canvas: SVGGElement;
  readonly #viewport: Viewport;
  readonly #controls: Controls;
  #folded = new Set<string>();
  #picture: Picture | undefined;
  /** The reader has folded or unfolded something. */
  #isTouched = false;
  #found: Element[] = [];
  #visited = -1;

  constructor(graph: PeeringGraph, canvas: SVGGElement, viewport: Viewport, controls: Controls) {
    this.#graph = graph;
    this.#canvas = canvas;
    this.#viewport = viewport;
    this.#controls = controls;
  }

  #elements(selector: string): Element[] {
    return [...this.#canvas.querySelectorAll(selector)];
  }

  #byKey(attribute: 'data-key' | 'data-fold', key: string | null | undefined): Element | undefined {
    return this.#elements(`[${attribute}]`).find((each) => each.getAttribute(attribute) === key);
  }

  /** Draws; what has the focus keeps it, and what is pressed stays where it is. */
  draw(pressed?: string): void {
    const active = this.#canvas.contains(document.activeElement) ? document.activeElement : null;
    const key = active?.getAttribute('data-fold') ?? active?.getAttribute('data-key');
    const before =
      pressed === undefined ? undefined : this.#byKey('data-fold', pressed)?.getBoundingClientRect();
    const room = this.#controls.room();
    const view: PictureView = {
      folded: this.#folded,
      only: this.#controls.unhealthy.checked ? 'unhealthy' : 'all',
      ratio: room.width / room.height,
    };
    this.#picture = pictureOf(this.#graph, view, 'live');
    this.#canvas.innerHTML = this.#picture.svg;
    this.#viewport.picture = this.#picture;
    const after =
      pressed === undefined ? undefined : this.#byKey('data-fold', pressed)?.getBoundingClientRect();
    if (before !== undefined && after !== undefined) {
      this.#viewport.pan(before.left - after.left, before.top - after.top);
    }
    const again = this.#byKey('data-fold', key) ?? this.#byKey('data-key', key);
    if (again instanceof SVGElement) again.focus({ preventScroll: true });
    this.mark();
  }

  /** Folds no more than what lets the whole be read; where that is not enough, it begins at the corner where the worst is. */
  open(): void {
    for (const [index, folding] of foldings(this.#graph).entries()) {
      if (index > 0 && folding.size === this.#folded.size) continue;
      this.#folded = folding;
      this.draw();
      this.#viewport.fit();
      if (this.#viewport.scale >= READABLE) return;
    }
    if (this.#viewport.scale < READABLE * 0.7) this.#viewport.corner(READABLE);
  }

  /** In a window of another shape. */
  resize(): void {
    if (!this.#isTouched) {
      this.open();
      return;
    }
    this.draw();
    this.#viewport.fit();
  }

  toggle(key: string): void {
    this.#isTouched = true;
    if (!this.#folded.delete(key)) this.#folded.add(key);
    this.draw(key);
  }

  foldAll(): void {
    this.#isTouched = true;
    this.#folded = new Set(this.#graph.vpcs.map(({ accountId }) => accountKey(accountId)));
    this.draw();
    this.#viewport.fit();
  }

  unfoldAll(): void {
    this.#isTouched = true;
    this.#folded.clear();
    this.draw();
    this.#viewport.fit();
  }

  /** What is found is unfolded: nobody sees it otherwise. */
  #unfoldFound(vpcIds: ReadonlySet<string>): boolean {
    this.#isTouched = true;
    const size = this.#folded.size;
    for (const { vpcId, accountId, region } of this.#graph.vpcs) {
      if (!vpcIds.has(vpcId)) continue;
      this.#folded.delete(accountKey(accountId));
      this.#folded.delete(regionKey(accountId, region));
    }
    return this.#folded.size !== size;
  }

  search(): void {
    const found = find(this.#graph, this.#controls.search.value);
    if (found !== undefined) {
      const ends = this.#graph.edges.filter(({ peeringId }) => found.peerings.has(peeringId));
      const needed = new Set([
        ...found.vpcs,
        ...ends.flatMap(({ requester, accepter }) => [requester, accepter]),
      ]);
      if (this.#unfoldFound(needed)) this.draw();
    }
    this.#visited = -1;
    this.mark();
  }

  /** What is not found grows faint. */
  mark(): void {
    const found = find(this.#graph, this.#controls.search.value);
    this.#found = [];
    const ends = new Map(
      this.#picture?.layout.ties.map(({ tie }) => [tie.key, [tie.trunk, tie.leaf]] as const),
    );
    for (const each of this.#elements('.card, .edges > .edge')) {
      const key = each.getAttribute('data-key') ?? '';
      const isFound = found?.vpcs.has(key) === true || found?.peerings.has(key) === true;
      if (isFound) this.#found.push(each);
      each.classList.toggle('found', isFound);
      // The lines of what is found stay, too.
      const isNear = ends.get(key)?.some((end) => found?.vpcs.has(end)) === true;
      each.classList.toggle('faint', found !== undefined && !isFound && !isNear);
    }
    this.#controls.said.value =
      found === undefined
        ? this.#foldedText()
        : `${counted(found.vpcs.size, 'VPC')}, ${counted(found.peerings.size, 'peering')} found`;
  }

  #foldedText(): string {
    const folded = this.#elements('.card.account, .card.region').length;
    return folded === 0 ? '' : `${folded} folded`;
  }

  /** Brings the next thing that was found into the middle. */
  nextFound(): void {
    this.#visited = (this.#visited + 1) % Math.max(1, this.#found.length);
    const next = this.#found[this.#visited];
    if (next !== undefined) this.#visit(next);
  }

  /** The worst first, then those after the one that has the focus. */
  nextUnhealthy(): void {
    const wrong = this.#elements('.edges > .edge:not(.routed):not(.unmanaged)').reverse();
    const at = wrong.indexOf(document.activeElement as Element);
    const next = wrong[(at + 1) % Math.max(1, wrong.length)];
    if (next === undefined) this.#controls.said.value = 'No peering is unhealthy';
    else this.#visit(next);
  }

  /** Of the name in its box: a line may run through the whole picture. */
  #placeOf(each: Element): DOMRect {
    return (each.querySelector('text') ?? each).getBoundingClientRect();
  }

  #inSvg({ left, top, width, height }: DOMRect): DOMRect {
    const origin = this.#canvas.ownerSVGElement?.getBoundingClientRect();
    return new DOMRect(left - (origin?.left ?? 0), top - (origin?.top ?? 0), width, height);
  }

  #visit(each: Element): void {
    const { left, top, width, height } = this.#inSvg(this.#placeOf(each));
    this.#viewport.centre({ x: left + width / 2, y: top + height / 2 });
    if (each instanceof SVGElement) each.focus({ preventScroll: true });
  }

  /** What got the focus by keyboard comes into sight. */
  reveal(each: Element): void {
    this.#viewport.reveal(this.#inSvg(this.#placeOf(each)));
  }

  /** Tells in the panel what is pointed at, and shows its lines. */
  tell(each: Element | null): void {
    const key = each?.getAttribute('data-key');
    const own = new Set(
      this.#picture?.layout.ties
        .filter(({ tie }) => key !== null && (tie.trunk === key || tie.leaf === key || tie.key === key))
        .map(({ tie }) => tie.key),
    );
    for (const edge of this.#elements('.edges > .edge')) {
      edge.classList.toggle('near-it', own.has(edge.getAttribute('data-key') ?? ''));
    }
    if (each !== null) {
      this.#controls.panel.textContent = each.querySelector(':scope > title')?.textContent ?? '';
      this.#controls.panel.scrollTop = 0;
    }
  }
}
