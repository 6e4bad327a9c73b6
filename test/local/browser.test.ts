import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Lab, startLab } from 'local-aws-peering';
import { AUTHORIZATION, CREATE_VPC, SIGNED_QUERY, whatPagesMayChange } from 'local-aws-peering/testing';
import { findBrowser, openPage, type Page } from '../support/browser.ts';

/** No page that a real browser shows may reach the local AWS. By headers alone: lab/test/gateway/web-pages.test.ts. */

let lab: Lab;
let port: number;

beforeAll(async () => {
  lab = await startLab({ progress: () => {} });
  port = Number(new URL(lab.url).port);
});

afterAll(() => lab?.stop());

/** A body of `/_lab/clock`, which a page can send without asking first, by a form, too. */
const FORWARD = '{"advanceSeconds": 2000000}';

const state = () => whatPagesMayChange(lab.url);

const browser = findBrowser();

(browser === undefined ? describe.skip : describe)('a page in a real browser', () => {
  const NAME = 'rebound.example';
  let elsewhere: Server;
  let page: Page | undefined;

  beforeAll(async () => {
    elsewhere = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end('<!doctype html><title>a page</title><iframe name="frame"></iframe>');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await page?.close();
    page = undefined;
  });

  afterAll(() => elsewhere.close());

  /** What the script has put into `window.result`. */
  async function ran(at: string, script: string): Promise<unknown> {
    page = await openPage(browser ?? '', at, { loopbackName: NAME });
    await page.evaluate(`window.result = undefined; (async () => { ${script} })().catch(
      (error) => { window.result = 'failed: ' + error.name; }); 0`);
    for (;;) {
      const result = await page.evaluate('window.result');
      if (result !== undefined && result !== null) {
        return result;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const form = `'content-type': 'application/x-www-form-urlencoded'`;

  it.each([
    [
      'a simple request',
      () =>
        `await fetch('${lab.url}/_lab/clock', { method: 'POST', mode: 'no-cors', body: '${FORWARD}' });
         window.result = 'sent';`,
      'sent',
    ],
    [
      'a request that needs a preflight',
      () =>
        `await fetch('${lab.url}/', { method: 'POST', headers: { ${form}, authorization: '${AUTHORIZATION}' },
         body: '${CREATE_VPC}' }); window.result = 'sent';`,
      'failed: TypeError',
    ],
    [
      'an image',
      () =>
        `const image = new Image(); image.onload = image.onerror = () => { window.result = 'asked for'; };
         image.src = '${lab.url}/?${SIGNED_QUERY}';`,
      'asked for',
    ],
    [
      'a form',
      () =>
        `const form = document.createElement('form'); form.method = 'post'; form.target = 'frame';
         form.enctype = 'text/plain'; form.action = '${lab.url}/_lab/clock';
         form.append(Object.assign(document.createElement('input'), { name: '${FORWARD.slice(0, -1)}, "x": "', value: '"}' }));
         document.body.append(form);
         document.querySelector('iframe').onload = () => { window.result = 'submitted'; }; form.submit();`,
      'submitted',
    ],
    [
      'a WebSocket',
      () =>
        `const socket = new WebSocket('${lab.url.replace('http', 'ws')}/?${SIGNED_QUERY}');
         socket.onopen = () => { window.result = 'open'; }; socket.onerror = () => { window.result = 'refused'; };`,
      'refused',
    ],
  ])('changes nothing by %s', async (_, script, result) => {
    const before = await state();
    const at = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    expect(await ran(at, script())).toBe(result);
    expect(await state()).toEqual(before);
  });

  it('whose own name leads to the lab (DNS rebinding) reads and changes nothing', async () => {
    const before = await state();
    const result = await ran(
      `http://${NAME}:${port}/`,
      `const answer = await fetch('/?${SIGNED_QUERY}'); window.result = answer.status + ' ' + await answer.text();`,
    );
    expect(result).toMatch(/^403 .*was asked by another name/);
    expect(await state()).toEqual(before);
  });
});
