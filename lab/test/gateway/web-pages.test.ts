import { request } from 'node:http';
import { type Lab, startLab } from '../../lab.ts';
import { startMoto } from '../../moto.ts';
import { AUTHORIZATION, CREATE_VPC, SIGNED_QUERY, whatPagesMayChange } from '../../testing/web-requests.ts';

/** The local AWS runs code as whoever started it, so no page that a browser shows may reach it. */

let lab: Lab;
let port: number;

beforeAll(async () => {
  lab = await startLab({ progress: () => {} });
  port = Number(new URL(lab.url).port);
});

afterAll(() => lab?.stop());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Without what `fetch` adds or forbids. */
function send(
  headers: Readonly<Record<string, string>>,
  { method = 'POST', path = '/', to = port, body = CREATE_VPC } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: to, method, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.once('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
    });
    outgoing.once('error', reject);
    outgoing.end(method === 'POST' || method === 'PUT' ? body : undefined);
  });
}

const signed = {
  authorization: AUTHORIZATION,
  'content-type': 'application/x-www-form-urlencoded',
};

const state = () => whatPagesMayChange(lab.url);

describe('a request that a web page may have sent', () => {
  it.each([
    ['an Origin', { origin: 'https://example.com' }],
    ['an Origin that the page hides', { origin: 'null' }],
    ['the Origin of the lab itself', { origin: 'http://127.0.0.1' }],
    ['Sec-Fetch-Site of another site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site of the same host with another port', { 'sec-fetch-site': 'same-site' }],
    ['Sec-Fetch-Site of itself, as after a rebound name', { 'sec-fetch-site': 'same-origin' }],
    ["a Host that is somebody's name", { host: 'rebound.example' }],
    ['a Host with another port', { host: '127.0.0.1:1' }],
    ['a Host without a port', { host: '127.0.0.1' }],
    ['a Host that only begins so', { host: '127.0.0.1.example' }],
  ])('is refused by %s, for AWS and for the lab itself', async (_, headers) => {
    const before = await state();
    for (const [method, path] of [
      ['POST', '/'],
      ['GET', `/?${SIGNED_QUERY}`],
      ['OPTIONS', '/'],
      ['PUT', '/evil-bucket'],
      ['GET', '/_lab/calls'],
      ['POST', '/_lab/clock'],
      ['GET', '/moto-api/data.json'],
    ] as const) {
      const { status, body } = await send({ ...signed, ...headers }, { method, path });
      expect([method, path, status]).toEqual([method, path, 403]);
      expect(JSON.parse(body).message).toMatch(/^The local AWS answers /);
    }
    expect(await state()).toEqual(before);
  });

  it('is told apart from one of a client, by either name of the machine', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const { status } = await send({ ...signed, host }, { body: 'Action=DescribeVpcs&Version=2016-11-15' });
      expect(status).toBe(200);
    }
    // What a person types into the address bar.
    expect((await send({ 'sec-fetch-site': 'none' }, { method: 'GET', path: '/_lab/calls' })).status).toBe(
      200,
    );
  });
});

it('no answer says that a page may read it', async () => {
  for (const path of ['/', '/evil-bucket', '/_lab/calls']) {
    const { headers } = await send(signed, { method: 'GET', path });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  }
});

it('moto itself answers nobody but the lab', async () => {
  const moto = await startMoto({ progress: () => {}, log: () => {} });
  try {
    const { origin, pathname, port: motoPort } = new URL(moto.url);
    expect(pathname.length).toBeGreaterThan(32);
    for (const path of ['/', '/moto-api/data.json', '/evil-bucket', '/wrong/moto-api/data.json', '//']) {
      const { status, headers } = await send(signed, { path, to: Number(motoPort) });
      expect([path, status]).toEqual([path, 403]);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect((await fetch(`${origin}${pathname}/moto-api/data.json`)).status).toBe(200);
  } finally {
    await moto.stop();
  }
});
