/** Search, buttons and the panel beside the picture: in a page around it, in a file of its own above it. */

const HTML = 'http://www.w3.org/1999/xhtml';
const SVG = 'http://www.w3.org/2000/svg';

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...inside: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElementNS(HTML, name) as HTMLElementTagNameMap[Name];
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

export interface Controls {
  readonly search: HTMLInputElement;
  readonly unhealthy: HTMLInputElement;
  readonly said: HTMLOutputElement;
  readonly panel: HTMLElement;
  /** Each with the attribute `data-do`. */
  readonly tools: HTMLElement;
  /** What is free for the picture, from the upper left corner of its SVG element. */
  room(): DOMRect;
  /** On paper there are none. */
  remove(): void;
  place(): void;
}

function button(does: string, label: string, text: string): HTMLButtonElement {
  return element('button', { type: 'button', 'data-do': does, 'aria-label': label, title: label }, text);
}

interface ControlElements extends Pick<Controls, 'search' | 'unhealthy' | 'said' | 'panel' | 'tools'> {}

function makeElements(): ControlElements {
  const search = element('input', {
    type: 'search',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Search in the graph: name, id, account, CIDR, address or state',
    placeholder: 'name, id, account, CIDR, address',
  });
  const unhealthy = element('input', { type: 'checkbox' });
  const said = element('output', { 'aria-live': 'polite' });
  const tools = element(
    'div',
    { class: 'peerings-tools', role: 'toolbar', 'aria-label': 'Graph' },
    search,
    element('label', {}, unhealthy, 'unhealthy only'),
    button('next', 'Next unhealthy peering (N)', 'Next'),
    button('fold', 'Fold all accounts', 'Fold all'),
    button('unfold', 'Unfold all accounts and Regions', 'Unfold all'),
    button('smaller', 'Zoom out (-)', '−'),
    button('larger', 'Zoom in (+)', '+'),
    button('fit', 'Show the whole graph (0)', 'Fit'),
    said,
  );
  const panel = element('div', {
    class: 'peerings-panel',
    role: 'region',
    'aria-label': 'What is under the pointer',
    tabindex: '0',
  });
  return { search, unhealthy, said, tools, panel };
}

/** In an HTML page: above and below the picture. */
function inPage(svg: SVGSVGElement, elements: ControlElements): Controls {
  return {
    ...elements,
    room: () => new DOMRect(0, 0, svg.clientWidth, svg.clientHeight),
    remove() {
      elements.tools.remove();
      elements.panel.remove();
    },
    place() {
      svg.before(elements.tools);
      svg.after(elements.panel);
    },
  };
}

/** In a file of its own: above the picture, in the same window. */
function inFile(svg: SVGSVGElement, elements: ControlElements): Controls {
  const boxes = [elements.tools, elements.panel].map((part) => {
    const box = document.createElementNS(SVG, 'foreignObject');
    box.setAttribute('width', '100%');
    box.append(part);
    return box;
  });
  const heights = () => boxes.map((box) => (box.firstElementChild as HTMLElement).offsetHeight);
  return {
    ...elements,
    room() {
      const [top = 0, bottom = 0] = heights();
      return new DOMRect(0, top, innerWidth, Math.max(1, innerHeight - top - bottom));
    },
    remove() {
      for (const box of boxes) box.remove();
    },
    place() {
      svg.append(...boxes);
      for (const box of boxes) box.setAttribute('height', '1000');
      const all = heights();
      for (const [index, box] of boxes.entries()) box.setAttribute('height', String(all[index]));
      boxes[1]?.setAttribute('y', String(innerHeight - (all[1] ?? 0)));
    },
  };
}

export function makeControls(svg: SVGSVGElement): Controls {
  const elements = makeElements();
  return svg === (document.documentElement as Element) ? inFile(svg, elements) : inPage(svg, elements);
}
