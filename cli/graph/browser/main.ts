import type { PeeringGraph } from '../../../lib/graph/model.ts';
import { makeControls } from './controls.ts';
import { listenToControls, listenToKeys, listenToPointer } from './input.ts';
import { KEYS, LivePicture } from './live-picture.ts';
import { Viewport } from './viewport.ts';

/** Makes each picture of the page one that can be searched, folded and moved. build/picture-script.ts bundles it. */

const SIZE = ['width', 'height', 'viewBox'] as const;

function mount(svg: SVGSVGElement, data: string): void {
  const graph = JSON.parse(data) as PeeringGraph;
  const still = svg.querySelector('.still');
  const controls = makeControls(svg);
  const canvas = document.createElementNS('http://www.w3.org/2000/svg', 'g');
  canvas.setAttribute('class', 'canvas');
  const viewport = new Viewport(canvas, () => controls.room());
  const picture = new LivePicture(graph, canvas, viewport, controls);
  const size = SIZE.map((name) => [name, svg.getAttribute(name)] as const);

  function show(): void {
    svg.setAttribute('width', '100%');
    svg.setAttribute('height', '100%');
    svg.removeAttribute('viewBox');
    svg.classList.add('live');
    still?.replaceWith(canvas);
    controls.place();
  }

  /** Paper shows the whole picture, with everything unfolded. */
  function showStill(): void {
    for (const [name, value] of size) if (value !== null) svg.setAttribute(name, value);
    svg.classList.remove('live');
    if (still !== null) canvas.replaceWith(still);
    controls.remove();
  }

  show();
  svg.setAttribute('tabindex', '0');
  svg.setAttribute('aria-description', KEYS);
  controls.panel.textContent = KEYS;
  picture.open();
  listenToPointer(svg, picture, viewport);
  listenToKeys(svg, picture, viewport, controls);
  listenToControls(svg, picture, viewport, controls);
  addEventListener('beforeprint', showStill);
  addEventListener('afterprint', show);
  addEventListener('resize', () => {
    if (!svg.classList.contains('live')) return;
    controls.place();
    picture.resize();
  });
}

for (const svg of document.querySelectorAll<SVGSVGElement>('svg.peerings')) {
  const data = svg.querySelector('.graph-data')?.textContent;
  if (data !== null && data !== undefined) mount(svg, data);
}
