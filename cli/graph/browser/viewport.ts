/** Which part of the picture is seen, and how large. All lengths are in points of the window. */

const SMALLEST = 0.04;
const LARGEST = 4;
/** So much of the picture stays in sight. */
const KEPT = 60;
const MARGIN = 12;

interface Size {
  readonly width: number;
  readonly height: number;
}

export class Viewport {
  #scale = 1;
  #x = 0;
  #y = 0;
  #picture: Size = { width: 1, height: 1 };
  readonly #canvas: SVGGElement;
  readonly #room: () => DOMRect;

  /** @param room what is free for the picture, from the upper left corner of its SVG element. */
  constructor(canvas: SVGGElement, room: () => DOMRect) {
    this.#canvas = canvas;
    this.#room = room;
  }

  get scale(): number {
    return this.#scale;
  }

  set picture(size: Size) {
    this.#picture = size;
  }

  #show(): void {
    const room = this.#room();
    const [width, height] = [this.#picture.width * this.#scale, this.#picture.height * this.#scale];
    this.#x = Math.min(room.right - KEPT, Math.max(room.left + KEPT - width, this.#x));
    this.#y = Math.min(room.bottom - KEPT, Math.max(room.top + KEPT - height, this.#y));
    this.#canvas.setAttribute('transform', `translate(${this.#x} ${this.#y}) scale(${this.#scale})`);
  }

  /** The whole picture, in the middle. */
  fit(): void {
    const room = this.#room();
    const { width, height } = this.#picture;
    const scale = Math.min((room.width - 2 * MARGIN) / width, (room.height - 2 * MARGIN) / height, 1);
    this.#scale = Math.max(SMALLEST, scale);
    this.#x = room.left + (room.width - width * this.#scale) / 2;
    this.#y = room.top + (room.height - height * this.#scale) / 2;
    this.#show();
  }

  /** The upper left corner, where the worst is. */
  corner(scale: number): void {
    const room = this.#room();
    this.#scale = scale;
    this.#x = room.left;
    this.#y = room.top;
    this.#show();
  }

  pan(x: number, y: number): void {
    this.#x += x;
    this.#y += y;
    this.#show();
  }

  /** What is at the place stays there; without a place, what is in the middle. */
  zoom(factor: number, at?: { readonly x: number; readonly y: number }): void {
    const room = this.#room();
    const { x, y } = at ?? { x: room.left + room.width / 2, y: room.top + room.height / 2 };
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.#scale * factor));
    this.#x = x - ((x - this.#x) * scale) / this.#scale;
    this.#y = y - ((y - this.#y) * scale) / this.#scale;
    this.#scale = scale;
    this.#show();
  }

  /** Brings a place of the SVG element into the middle, large enough to be read. */
  centre(place: { readonly x: number; readonly y: number }): void {
    const room = this.#room();
    this.pan(room.left + room.width / 2 - place.x, room.top + room.height / 2 - place.y);
    if (this.#scale < 0.7) this.zoom(0.9 / this.#scale);
  }

  /** Moves no more than needed for a place with its surroundings to be seen. */
  reveal(box: DOMRect): void {
    const room = this.#room();
    const along = (from: number, to: number, low: number, high: number) =>
      from < low ? low - from : to > high ? high - to : 0;
    const x = along(box.left, box.right, room.left + MARGIN, room.right - MARGIN);
    const y = along(box.top, box.bottom, room.top + MARGIN, room.bottom - MARGIN);
    if (x !== 0 || y !== 0) this.pan(x, y);
  }
}
