import type { Controls } from './controls.ts';
import type { LivePicture } from './live-picture.ts';
import type { Viewport } from './viewport.ts';

/** Pointer, wheel and keys. */

const STEP = 60;
const ZOOM = 1.25;
/** A press that moves less is a click. */
const STILL = 5;

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.peerings-tools, .peerings-panel') !== null;
}

function closest(target: EventTarget | null, selector: string): Element | null {
  return target instanceof Element ? target.closest(selector) : null;
}

function placeIn(svg: SVGSVGElement, { clientX, clientY }: MouseEvent): { x: number; y: number } {
  const { left, top } = svg.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

/** One pointer moves, two zoom. */
export function listenToPointer(svg: SVGSVGElement, picture: LivePicture, viewport: Viewport): void {
  const pointersDown = new Map<number, { x: number; y: number }>();
  let moved = 0;
  svg.addEventListener('pointerdown', (event) => {
    if (isControl(event.target) || event.button !== 0) return;
    if (pointersDown.size === 0) moved = 0;
    pointersDown.set(event.pointerId, placeIn(svg, event));
  });
  svg.addEventListener('pointermove', (event) => {
    const from = pointersDown.get(event.pointerId);
    if (from === undefined) return;
    const to = placeIn(svg, event);
    const other = [...pointersDown].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) {
      moved += Math.hypot(to.x - from.x, to.y - from.y);
      if (moved > STILL && !svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
      viewport.pan(to.x - from.x, to.y - from.y);
    } else {
      moved = Number.POSITIVE_INFINITY;
      const apart = (place: { x: number; y: number }) => Math.hypot(place.x - other.x, place.y - other.y);
      viewport.zoom(apart(to) / Math.max(1, apart(from)), {
        x: (to.x + other.x) / 2,
        y: (to.y + other.y) / 2,
      });
    }
    pointersDown.set(event.pointerId, to);
  });
  for (const name of ['pointerup', 'pointercancel'] as const) {
    svg.addEventListener(name, (event) => pointersDown.delete(event.pointerId));
  }
  svg.addEventListener('click', (event) => {
    const key = closest(event.target, '[data-fold]')?.getAttribute('data-fold');
    if (key !== null && key !== undefined && moved <= STILL) picture.toggle(key);
  });
  svg.addEventListener('pointerover', (event) => {
    if (!isControl(event.target)) picture.tell(closest(event.target, '[data-key], [data-fold]'));
  });
  svg.addEventListener(
    'wheel',
    (event) => {
      const isFile = svg === (document.documentElement as Element);
      // In a page the wheel scrolls the page, until the picture has the focus.
      if (isControl(event.target) || !(isFile || event.ctrlKey || svg.contains(document.activeElement)))
        return;
      event.preventDefault();
      viewport.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), placeIn(svg, event));
    },
    { passive: false },
  );
}

export function listenToKeys(
  svg: SVGSVGElement,
  picture: LivePicture,
  viewport: Viewport,
  controls: Controls,
): void {
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => viewport.pan(STEP, 0),
    ArrowRight: () => viewport.pan(-STEP, 0),
    ArrowUp: () => viewport.pan(0, STEP),
    ArrowDown: () => viewport.pan(0, -STEP),
    '+': () => viewport.zoom(ZOOM),
    '=': () => viewport.zoom(ZOOM),
    '-': () => viewport.zoom(1 / ZOOM),
    '0': () => viewport.fit(),
    '/': () => controls.search.focus(),
    n: () => picture.nextUnhealthy(),
    N: () => picture.nextUnhealthy(),
    Escape: () => svg.focus(),
  };
  svg.addEventListener('keydown', (event) => {
    if (isControl(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const fold = closest(event.target, '[data-fold]')?.getAttribute('data-fold');
    if ((event.key === 'Enter' || event.key === ' ') && fold !== null && fold !== undefined) {
      event.preventDefault();
      picture.toggle(fold);
      return;
    }
    const does = keys[event.key];
    if (does === undefined) return;
    event.preventDefault();
    does();
  });
  svg.addEventListener('focusin', (event) => {
    const each = isControl(event.target) ? null : closest(event.target, '[data-key], [data-fold]');
    if (each === null) return;
    picture.tell(each);
    if (each.matches(':focus-visible')) picture.reveal(each);
  });
}

export function listenToControls(
  svg: SVGSVGElement,
  picture: LivePicture,
  viewport: Viewport,
  { tools, search, unhealthy }: Controls,
): void {
  const deeds: Readonly<Record<string, () => void>> = {
    next: () => picture.nextUnhealthy(),
    fold: () => picture.foldAll(),
    unfold: () => picture.unfoldAll(),
    smaller: () => viewport.zoom(1 / ZOOM),
    larger: () => viewport.zoom(ZOOM),
    fit: () => viewport.fit(),
  };
  tools.addEventListener('click', (event) => {
    deeds[closest(event.target, '[data-do]')?.getAttribute('data-do') ?? '']?.();
  });
  search.addEventListener('input', () => picture.search());
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      picture.nextFound();
      // The next Enter goes on.
      search.focus({ preventScroll: true });
    } else if (event.key === 'Escape') {
      search.value = '';
      picture.search();
      svg.focus({ preventScroll: true });
    }
  });
  unhealthy.addEventListener('change', () => {
    picture.draw();
    viewport.fit();
  });
}
