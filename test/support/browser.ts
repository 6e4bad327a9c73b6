import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A real browser without a window, spoken to over a pipe (Chrome DevTools Protocol). */

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Undefined where no browser is installed. */
export function findBrowser(): string | undefined {
  const paths = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((path) => NAMES.map((name) => join(path, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface Page {
  /** What the expression is in the page. */
  evaluate(expression: string): Promise<unknown>;
  /** Role and name of everything that a screen reader is told of. */
  accessible(): Promise<readonly { readonly role: string; readonly name: string }[]>;
  press(key: Key): Promise<void>;
  /** Presses and lets go of the left button there, in CSS points of the window. */
  click(x: number, y: number): Promise<void>;
  /** Moves there with the left button held. */
  drag(from: readonly [number, number], to: readonly [number, number]): Promise<void>;
  /** Types into what has the focus. */
  type(text: string): Promise<void>;
  /** Of the window, in CSS points. */
  resize(width: number, height: number): Promise<void>;
  /** Addresses that the page asked for, and what its console complained of. */
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  /** Of the page that it is about. */
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

interface AccessibleNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

const KEYS = {
  Tab: { code: 9, text: '' },
  Enter: { code: 13, text: '\r' },
  Escape: { code: 27, text: '' },
  ArrowLeft: { code: 37, text: '' },
  ArrowDown: { code: 40, text: '' },
  '0': { code: 48, text: '0' },
  n: { code: 78, text: 'n' },
  '/': { code: 191, text: '/' },
  '+': { code: 187, text: '+' },
  '-': { code: 189, text: '-' },
} as const;

export type Key = keyof typeof KEYS;

export interface PageOptions {
  readonly scheme?: 'light' | 'dark';
  /** A name that leads to 127.0.0.1, as the owner of the name may have it. */
  readonly loopbackName?: string;
}

export interface Browser {
  /** In a profile of its own, so that no page finds what another one stored. */
  open(url: string, options?: Pick<PageOptions, 'scheme'>): Promise<Page>;
  close(): Promise<void>;
}

type Answer = Readonly<Record<string, unknown>>;
type Call = (method: string, params?: object) => Promise<Answer>;

function start(browser: string, profile: string, loopbackName: string | undefined): ChildProcess {
  return spawn(
    browser,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      ...(loopbackName === undefined ? [] : [`--host-resolver-rules=MAP ${loopbackName} 127.0.0.1`]),
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
}

/** Started once for the pages of a file: a start takes longer than most pages. */
export function startBrowser(
  browser: string,
  { loopbackName }: Pick<PageOptions, 'loopbackName'> = {},
): Browser {
  const profile = mkdtempSync(join(tmpdir(), 'peering-browser-'));
  const child = start(browser, profile, loopbackName);
  const input = child.stdio[3] as Writable;
  const waiting = new Map<number, (message: Message) => void>();
  const listening = new Map<string, (message: Message) => void>();
  let text = '';
  (child.stdio[4] as Readable).setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const messages = text.split('\0');
    text = messages.pop() ?? '';
    for (const each of messages) {
      const message = JSON.parse(each) as Message;
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      if (message.sessionId !== undefined) listening.get(message.sessionId)?.(message);
    }
  });
  let next = 0;
  const callIn =
    (sessionId?: string): Call =>
    (method, params = {}) => {
      next += 1;
      const id = next;
      return new Promise((resolve, reject) => {
        waiting.set(id, ({ result, error }) => {
          waiting.delete(id);
          if (error === undefined) resolve(result ?? {});
          else reject(new Error(`${method}: ${error.message}`));
        });
        input.write(
          `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
        );
      });
    };
  const call = callIn();

  return {
    async open(url, { scheme = 'light' } = {}) {
      const { browserContextId } = await call('Target.createBrowserContext');
      const { targetId } = await call('Target.createTarget', { url: 'about:blank', browserContextId });
      const sessionId = String((await call('Target.attachToTarget', { targetId, flatten: true })).sessionId);
      const page = pageOf(callIn(sessionId), async () => {
        listening.delete(sessionId);
        await call('Target.disposeBrowserContext', { browserContextId });
      });
      listening.set(sessionId, page.listen);
      await page.load(url, scheme);
      return page;
    },
    async close() {
      const closed = new Promise((resolve) => child.once('close', resolve));
      // Asked to close, it ends its own processes, too: killed, they go on writing into the profile for a moment.
      input.write(`${JSON.stringify({ id: 0, method: 'Browser.close' })}\0`);
      await closed;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** A page in a browser of its own, which ends with it. */
export async function openPage(
  browser: string,
  url: string,
  { scheme = 'light', ...options }: PageOptions = {},
): Promise<Page> {
  const started = startBrowser(browser, options);
  return { ...(await started.open(url, { scheme })), close: () => started.close() };
}

interface ListeningPage extends Page {
  listen(message: Message): void;
  load(url: string, scheme: 'light' | 'dark'): Promise<void>;
}

function pageOf(call: Call, close: Page['close']): ListeningPage {
  const requests: string[] = [];
  const complaints: string[] = [];

  async function evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value?: unknown }).value;
  }

  // The first, empty page has a load event of its own, so that waiting for one is not enough.
  const isLoaded = async () => {
    try {
      return await evaluate(`location.href !== 'about:blank' && document.readyState === 'complete'`);
    } catch (error) {
      // Between the two pages there is none to ask.
      if (error instanceof Error && error.message.startsWith('Runtime.evaluate: ')) return false;
      throw error;
    }
  };

  return {
    requests,
    complaints,
    evaluate,
    close,
    listen({ method, params }) {
      if (method === 'Network.requestWillBeSent')
        requests.push(String((params?.request as { url?: string })?.url));
      if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded')
        complaints.push(JSON.stringify(params));
    },
    async load(url, scheme) {
      for (const domain of ['Page', 'Network', 'Runtime', 'Log', 'Accessibility'])
        await call(`${domain}.enable`);
      await call('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      });
      await call('Page.navigate', { url });
      while (!(await isLoaded())) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async accessible() {
      const { nodes } = await call('Accessibility.getFullAXTree');
      return (nodes as AccessibleNode[])
        .filter(({ ignored }) => !ignored)
        .map(({ role, name }) => ({ role: role?.value ?? '', name: name?.value ?? '' }));
    },
    async press(key) {
      const { code, text: typed } = KEYS[key];
      const about = { key, code: key, windowsVirtualKeyCode: code, ...(typed === '' ? {} : { text: typed }) };
      await call('Input.dispatchKeyEvent', { type: 'keyDown', ...about });
      await call('Input.dispatchKeyEvent', { type: 'keyUp', ...about });
    },
    async click(x, y) {
      for (const type of ['mousePressed', 'mouseReleased'])
        await call('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    },
    async drag([x, y], [toX, toY]) {
      const held = { button: 'left', buttons: 1, clickCount: 1 };
      await call('Input.dispatchMouseEvent', { type: 'mousePressed', x, y, ...held });
      await call('Input.dispatchMouseEvent', { type: 'mouseMoved', x: toX, y: toY, ...held });
      await call('Input.dispatchMouseEvent', { type: 'mouseReleased', x: toX, y: toY, ...held });
    },
    async type(typed) {
      await call('Input.insertText', { text: typed });
    },
    async resize(width, height) {
      await call('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: false,
      });
    },
  };
}
