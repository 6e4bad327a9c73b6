import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SNAPSHOT_POLICY, writeExistingSnapshot } from '../../bench/existing-snapshot.ts';
import { HEALTHS } from '../../lib/report/health-words.ts';
import { type Browser, findBrowser, startBrowser } from '../support/browser.ts';
import { commandOfFile } from './support/command.ts';
import { id, POLICY, writeHub, writeNetwork } from './support/network.ts';

/** Graph and report: their text, and how a real browser shows them where one is installed. */

const peering = commandOfFile();
const { inDirectory } = peering;

beforeAll(async () => {
  writeFileSync(inDirectory('peering-policy.yml'), POLICY);
  writeFileSync(
    inDirectory('hub.yml'),
    'version: 1\nrules: [{ name: all, effect: accept, remote: { accounts: ["*"] } }]\n',
  );
  writeNetwork(inDirectory('net'));
  writeHub(inDirectory('hub'), 50);
  writeFileSync(inDirectory('alone.yml'), SNAPSHOT_POLICY);
  writeExistingSnapshot(inDirectory('alone'), { vpcs: 60, peerings: 120 });
  for (const [snapshot, policy] of [
    ['net', 'peering-policy.yml'],
    ['hub', 'hub.yml'],
    ['alone', 'alone.yml'],
  ] as const) {
    const source = ['--snapshot', snapshot, '--policy', policy];
    expect((await peering.run(['graph', ...source, '--out', `${snapshot}.svg`])).code).toBe(0);
    expect((await peering.run(['report', ...source, '--out', `${snapshot}.html`])).code).toBe(0);
  }
});

describe('graph', () => {
  it('in Mermaid: accounts, Regions, VPCs with CIDRs, pending dashed, drift in red', async () => {
    const { code, stdout } = await peering.run(['graph', '--snapshot', 'net', '--format', 'mermaid']);
    expect(code).toBe(0);
    expect(stdout).toContain('["Account 111111111111"]');
    expect(stdout).toContain('["eu-west-1"]');
    expect(stdout).toContain(`["VPC-A<br/>${id('vpc', 1)}<br/>10.1.0.0/16"]`);
    expect(stdout).toMatch(new RegExp(`v\\d ===\\|"${id('pcx', 1)}<br/>drift<br/>active, own-vpcs"\\| v\\d`));
    expect(stdout).toMatch(
      new RegExp(`v\\d -\\.->\\|"${id('pcx', 2)}<br/>pending<br/>pending-acceptance, own-vpcs"\\| v\\d`),
    );
    expect(stdout).toContain('linkStyle 0 stroke:#c62828');
    expect(stdout).toContain('linkStyle 1 stroke:#b26a00,stroke-dasharray:6 4');
    expect(stdout).not.toContain('<script>');
    expect(stdout).not.toContain('"quoted"');
  });

  it('in DOT: quotes and backslashes of names end nothing', async () => {
    const { stdout } = await peering.run(['graph', '--snapshot', 'net', '--format', 'dot']);
    expect(stdout).toContain('\\\\u{1b}[31mred\\\\u{a}<script>alert(1)</script> \\"quoted');
    expect(stdout).toContain('style="dashed"');
  });

  it('of one VPC shows it and its peers only', async () => {
    const { stdout } = await peering.run([
      'graph',
      '--snapshot',
      'net',
      '--format',
      'dot',
      '--vpc',
      id('vpc', 3),
    ]);
    expect(stdout).toContain(id('vpc', 2));
    expect(stdout).not.toContain(id('vpc', 5));
  });

  it('draws without a policy, too', async () => {
    const { code, stdout } = await peering.run(
      ['graph', '--snapshot', join(peering.directory, 'net'), '--format', 'dot'],
      {
        cwd: join(peering.directory, 'net'),
      },
    );
    expect(code).toBe(0);
    expect(stdout).toContain('pending-acceptance, hold');
  });

  it('of 50 VPCs holds every VPC and peering in SVG', () => {
    const svg = readFileSync(inDirectory('hub.svg'), 'utf8');
    expect(svg.match(/class="card vpc /g)).toHaveLength(50);
    expect(svg.match(/class="edge [a-z-]+" role="listitem"/g)).toHaveLength(49);
    expect(svg.match(/class="edge pending" role="listitem"/g)).toHaveLength(7);
    expect(svg).toContain('prefers-color-scheme:dark');
  });
});

describe('report', () => {
  it('escapes what comes from outside, loads nothing, has health first and findings with the command that mends them', () => {
    const html = readFileSync(inDirectory('net.html'), 'utf8');
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toMatch(/(?:src|href)="(?!#)/);
    expect(html).toMatch(
      /<p class="health bad">Lost, not checked: not known, no registry was read · not judged: 0 · drift: 1 · waiting: 1<\/p>/,
    );
    expect(html).toContain('<code>peering apply --region us-east-1</code>');
    expect(html.indexOf('id="findings"')).toBeLessThan(html.indexOf('id="changes"'));
    expect(html.indexOf('id="changes"')).toBeLessThan(html.indexOf('id="peerings"'));
    const peerings = html.slice(html.indexOf('id="peerings"'));
    const healths = [...peerings.matchAll(/data-head="Health"[^>]*><div>([a-z-]+)</g)].map(
      ([, health]) => health,
    );
    expect(healths.length).toBeGreaterThan(3);
    expect(healths[0]).toBe('drift');
    const order = healths.map((health) => HEALTHS.indexOf(health as (typeof HEALTHS)[number]));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });
});

const browser = findBrowser();
const withBrowser = browser === undefined ? describe.skip : describe;
if (browser === undefined) {
  process.stderr.write(
    'Skipped: graph and report in a real browser. Install Chromium (Debian: apt-get install chromium).\n',
  );
}

withBrowser('in a real browser', () => {
  let started: Browser | undefined;
  const open = (name: string, scheme: 'light' | 'dark' = 'light') => {
    started ??= startBrowser(browser ?? '');
    return started.open(pathToFileURL(inDirectory(name)).href, { scheme });
  };
  afterAll(() => started?.close());

  it.each(['net.svg', 'hub.svg', 'net.html'])('no text of %s is wider than its box', async (name) => {
    const page = await open(name);
    try {
      const outside = await page.evaluate(`(() => {
        const cards = [...document.querySelectorAll('.card')].map((card) => ({ rect: card.querySelector('rect').getBBox(), texts: [...card.querySelectorAll('text')] }));
        const rows = [...document.querySelectorAll('.edges text')];
        const isIn = (box, text) => { const own = text.getBBox(); return own.x >= box.x && own.x + own.width <= box.x + box.width && own.y >= box.y && own.y + own.height <= box.y + box.height; };
        return [
          ...cards.flatMap(({ rect, texts }) => texts.filter((text) => !isIn(rect, text))),
          ...rows.filter((text) => !cards.some(({ rect }) => isIn(rect, text))),
        ].map((text) => text.textContent);
      })()`);
      expect(outside).toEqual([]);
      expect(page.complaints).toEqual([]);
    } finally {
      await page.close();
    }
  });

  /** Unfolded, and the picture as large as the window allows. */
  const openUnfolded = async (name: string) => {
    const page = await open(name);
    await page.resize(1400, 1000);
    await page.evaluate(`document.querySelector('[data-do=unfold]').click()`);
    return page;
  };
  const count = (selector: string) => `document.querySelectorAll('${selector}').length`;
  const scale = `Number(/scale\\((.*)\\)/.exec(document.querySelector('.canvas').getAttribute('transform'))[1])`;

  it('the only account is not folded into a single box, however small the window: its worst VPCs can be read', async () => {
    const page = await open('alone.svg');
    try {
      await page.resize(700, 500);
      expect([await page.evaluate(count('.card.vpc')), await page.evaluate(count('.card.account'))]).toEqual([
        60, 0,
      ]);
      expect(await page.evaluate(scale)).toBeGreaterThan(0.4);
      expect(
        await page.evaluate(
          `[...document.querySelectorAll('.edges > .edge.gone text')].some((text) => { const { left, top } = text.getBoundingClientRect(); return left > 0 && left < 700 && top > 0 && top < 500; })`,
        ),
      ).toBe(true);
    } finally {
      await page.close();
    }
  });

  it('a frame says how many of each state are unhealthy in it, as far as there is room', async () => {
    const page = await openUnfolded('alone.svg');
    try {
      expect(await page.evaluate(`document.querySelector('.frame.account .worst').textContent`)).toMatch(
        /^\d+ gone, \d+ pending$/,
      );
    } finally {
      await page.close();
    }
  });

  it('accounts and Regions fold and unfold by mouse and by keyboard, and the focus stays', async () => {
    const page = await openUnfolded('hub.svg');
    try {
      const all = await page.evaluate(count('.card.vpc'));
      expect(all).toBe(50);
      const place = (await page.evaluate(`(() => {
        const { left, top, width, height } = document.querySelector('[data-fold="account:222222222222"]').getBoundingClientRect();
        return [left + Math.min(40, width / 2), top + height / 2];
      })()`)) as [number, number];
      await page.click(...place);
      expect(await page.evaluate(count('.card.account'))).toBe(1);
      expect(await page.evaluate(count('.card.vpc'))).toBe(40);
      expect(
        await page.evaluate(`document.querySelector('.card.account').getAttribute('aria-expanded')`),
      ).toBe('false');
      await page.evaluate(`document.querySelector('.card.account').focus()`);
      await page.press('Enter');
      expect(await page.evaluate(count('.card.vpc'))).toBe(50);
      expect(await page.evaluate(`document.activeElement.getAttribute('data-fold')`)).toBe(
        'account:222222222222',
      );
      await page.press('Enter');
      expect(await page.evaluate(count('.card.account'))).toBe(1);
      await page.evaluate(`document.querySelector('[data-do=fold]').click()`);
      // The hub stays.
      expect(await page.evaluate(count('.card.vpc'))).toBe(1);
      expect(page.complaints).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it.each(['hub.svg', 'hub.html'])('%s is moved and zoomed by keyboard and mouse', async (name) => {
    const page = await openUnfolded(name);
    try {
      const where = () => page.evaluate(`document.querySelector('.canvas').getAttribute('transform')`);
      await page.evaluate(`document.querySelector('svg.peerings').focus()`);
      const whole = await where();
      const before = (await page.evaluate(scale)) as number;
      await page.press('+');
      expect(await page.evaluate(scale)).toBeCloseTo(before * 1.25);
      await page.press('-');
      expect(await page.evaluate(scale)).toBeCloseTo(before);
      await page.press('ArrowLeft');
      expect(await where()).not.toBe(whole);
      await page.press('0');
      expect(await where()).toBe(whole);
      await page.evaluate(`document.querySelector('svg.peerings').scrollIntoView()`);
      await page.drag([300, 300], [340, 330]);
      expect(await where()).not.toBe(whole);
      expect(await page.evaluate(count('.card.vpc'))).toBe(50);
    } finally {
      await page.close();
    }
  });

  it('a search finds names, ids, CIDRs and addresses in them, also in what is folded', async () => {
    const page = await openUnfolded('hub.svg');
    try {
      await page.evaluate(`document.querySelector('[data-do=fold]').click()`);
      const found = () =>
        page.evaluate(
          `[...document.querySelectorAll('.card.found')].map((each) => each.getAttribute('data-key'))`,
        );
      for (const words of ['team-8-production', id('vpc', 8), '10.8.0.0/16', '10.8.77.3', '10.8.4.0/24']) {
        await page.evaluate(
          `(() => { const field = document.querySelector('.peerings-tools input[type=search]'); field.focus(); field.value = ''; })()`,
        );
        await page.type(words);
        expect(await found()).toEqual([id('vpc', 8)]);
        expect(await page.evaluate(`document.querySelector('.peerings-tools output').value`)).toMatch(
          /^1 VPC, /,
        );
      }
      await page.press('Enter');
      expect(await page.evaluate(`document.querySelector('.peerings-panel').textContent`)).toContain(
        'team-8-production',
      );
      await page.press('Escape');
      expect(await found()).toEqual([]);
      expect(await page.evaluate(count('.faint'))).toBe(0);
    } finally {
      await page.close();
    }
  });

  it('shows what is unhealthy alone, goes from one to the next, and tells of each what is known', async () => {
    const page = await openUnfolded('hub.svg');
    try {
      await page.evaluate(`document.querySelector('.peerings-tools input[type=checkbox]').click()`);
      expect(await page.evaluate(count('.edges > .edge.routed'))).toBe(0);
      const unhealthy = (await page.evaluate(count('.edges > .edge'))) as number;
      expect(unhealthy).toBeGreaterThan(7);
      await page.evaluate(`document.querySelector('svg.peerings').focus()`);
      const told = new Set<unknown>();
      for (let index = 0; index < unhealthy; index += 1) {
        await page.press('n');
        told.add(await page.evaluate(`document.querySelector('.peerings-panel').textContent`));
      }
      expect(told.size).toBe(unhealthy);
      for (const text of told)
        expect(text).toMatch(/pcx-[0-9a-f]+: (drift|pending) [\s\S]* to [\s\S]* of \d+ routes?/);
    } finally {
      await page.close();
    }
  });

  it('on paper everything is unfolded and light, without buttons', async () => {
    const page = await open('hub.svg', 'dark');
    try {
      await page.evaluate(`document.querySelector('[data-do=fold]').click()`);
      await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
      expect(await page.evaluate(count('.card.vpc'))).toBe(50);
      expect(await page.evaluate(count('.peerings-tools'))).toBe(0);
      expect(await page.evaluate(`document.documentElement.hasAttribute('viewBox')`)).toBe(true);
      await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
      expect(await page.evaluate(count('.card.vpc'))).toBe(1);
      expect(await page.evaluate(count('.peerings-tools'))).toBe(1);
    } finally {
      await page.close();
    }
  });

  it('the picture follows dark and light', async () => {
    const colours: unknown[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      const page = await open('net.svg', scheme);
      colours.push(
        await page.evaluate(
          `['.backdrop', '.card text'].map((query) => getComputedStyle(document.querySelector(query)).fill)`,
        ),
      );
      await page.close();
    }
    expect(colours).toEqual([
      ['rgb(255, 255, 255)', 'rgb(23, 33, 43)'],
      ['rgb(18, 24, 31)', 'rgb(230, 237, 243)'],
    ]);
  });

  it('the report asks for nothing but itself and its script runs under its own policy', async () => {
    const page = await open('net.html');
    try {
      expect(page.requests).toHaveLength(1);
      expect(page.complaints).toEqual([]);
      expect(await page.evaluate(`document.querySelectorAll('th button').length`)).toBeGreaterThan(10);
    } finally {
      await page.close();
    }
  });

  it('tables are sorted by keyboard alone, and a screen reader is told', async () => {
    const page = await open('hub.html');
    try {
      const focused = () => page.evaluate('document.activeElement.textContent');
      let presses = 0;
      while ((await focused()) !== 'Destination' && presses < 60) {
        await page.press('Tab');
        presses += 1;
      }
      expect(await focused()).toBe('Destination');
      const column = () =>
        page.evaluate(`(() => {
          const head = document.activeElement.closest('th');
          const table = head.closest('table');
          return [...table.tBodies[0].rows].map((row) => row.cells[head.cellIndex].textContent);
        })()`) as Promise<string[]>;
      const numeric = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
      await page.press('Enter');
      const up = await column();
      expect(up.length).toBeGreaterThan(1);
      expect(up).toEqual([...up].sort(numeric));
      expect(await page.evaluate(`document.activeElement.closest('th').getAttribute('aria-sort')`)).toBe(
        'ascending',
      );
      await page.press('Enter');
      expect(await column()).toEqual([...up].sort(numeric).reverse());
      expect(await page.evaluate(`document.getElementById('said').textContent`)).toMatch(
        /, sorted by Destination, last first$/,
      );
    } finally {
      await page.close();
    }
  });

  const shownRows = `[...document.querySelectorAll('tbody tr')].filter((row) => row.offsetParent !== null).length`;
  const search = (words: string) => `(() => {
    const field = document.querySelector('input[type=search]');
    field.value = ${JSON.stringify(words)};
    field.dispatchEvent(new Event('input', { bubbles: true }));
  })()`;

  it('a search keeps the rows that have every word, in all tables, and says how many', async () => {
    const page = await open('hub.html');
    try {
      const all = (await page.evaluate(shownRows)) as number;
      await page.evaluate(search(`team-8-PRODUCTION ${id('pcx', 8)}`));
      const found = await page.evaluate(
        `[...document.querySelectorAll('tbody tr')].filter((row) => row.offsetParent !== null).map((row) => row.textContent)`,
      );
      expect((found as string[]).length).toBeGreaterThan(0);
      for (const row of found as string[]) expect(row).toContain(id('pcx', 8));
      expect(await page.evaluate(`document.querySelector('output').textContent`)).toBe(
        `${(found as string[]).length} of ${all} rows`,
      );
      await page.evaluate(search('no-such-thing'));
      expect(await page.evaluate(shownRows)).toBe(0);
      await page.evaluate(search(''));
      expect(await page.evaluate(shownRows)).toBe(all);
    } finally {
      await page.close();
    }
  });

  it('the filter leaves what needs a look', async () => {
    const page = await open('hub.html');
    try {
      const all = (await page.evaluate(shownRows)) as number;
      await page.evaluate(`document.querySelector('input[type=checkbox]').click()`);
      const open = (await page.evaluate(shownRows)) as number;
      expect(open).toBeGreaterThan(0);
      expect(open).toBeLessThan(all);
      expect(
        await page.evaluate(
          `[...document.querySelectorAll('tbody tr')].filter((row) => row.offsetParent !== null).every((row) => row.querySelector('.bad, .warn') !== null)`,
        ),
      ).toBe(true);
    } finally {
      await page.close();
    }
  });

  it('no table is wider than the page, whatever the screen', async () => {
    for (const name of ['net.html', 'hub.html']) {
      const page = await open(name);
      try {
        const tooWide: Record<string, unknown> = {};
        for (const width of [1920, 1400, 1280, 1251, 1200, 1000, 720, 390]) {
          await page.resize(width, 900);
          const found = await page.evaluate(
            `[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent.slice(0, 20) + ' ' + each.scrollWidth)`,
          );
          if (Array.isArray(found) && found.length > 0) tooWide[`${name} at ${width}`] = found;
          expect(
            await page.evaluate(
              'document.documentElement.scrollWidth <= document.documentElement.clientWidth',
            ),
          ).toBe(true);
        }
        expect(tooWide).toEqual({});
      } finally {
        await page.close();
      }
    }
  });

  it('a heading that a link leads to is not hidden by the search above it, whatever the screen', async () => {
    const page = await open('hub.html');
    try {
      for (const width of [1900, 1280, 600, 390]) {
        await page.resize(width, 700);
        await page.evaluate(`document.querySelector('nav a[href="#peerings"]').click()`);
        const [heading, search] = (await page.evaluate(
          `[document.querySelector('h2#peerings').getBoundingClientRect().top, document.querySelector('form.search').getBoundingClientRect().bottom]`,
        )) as [number, number];
        expect(heading).toBeGreaterThanOrEqual(search);
        expect(heading).toBeLessThan(search + 60);
      }
    } finally {
      await page.close();
    }
  });

  it('a screen reader is told names of tables, columns, regions, links and the picture', async () => {
    const page = await open('net.html');
    try {
      await page.evaluate(`document.querySelector('[data-do=unfold]').click()`);
      const tree = await page.accessible();
      const names = (wanted: string) => tree.filter(({ role }) => role === wanted).map(({ name }) => name);
      expect(names('table')).toEqual([
        'Findings',
        'Changes that would be made',
        'Peerings, by side',
        'Routed part of the other VPC',
      ]);
      expect(names('navigation')).toEqual(['Contents']);
      expect(names('group').join()).toMatch(/^5 VPCs, 4 peerings; 1 drift \(differs from the policy\); /);
      expect(names('listitem').filter((name) => name.startsWith(id('pcx', 1)))).toHaveLength(1);
      for (const role of ['button', 'link', 'columnheader', 'region']) {
        expect(names(role).length).toBeGreaterThan(2);
        expect(names(role)).not.toContain('');
      }
    } finally {
      await page.close();
    }
  });

  it('ids stay whole in sentences that wrap', async () => {
    const page = await open('net.html');
    try {
      const heights = await page.evaluate(
        `[...document.querySelectorAll('td .id')].map((each) => each.getClientRects().length)`,
      );
      expect(new Set(heights as number[])).toEqual(new Set([1]));
    } finally {
      await page.close();
    }
  });

  it('the report names its language, headings, regions and tables', async () => {
    const page = await open('net.html');
    try {
      expect(
        await page.evaluate(`({
          lang: document.documentElement.lang,
          title: document.title,
          h1: document.querySelectorAll('h1').length,
          main: document.querySelectorAll('main').length,
          unnamed: [...document.querySelectorAll('[role=region], section')].filter((each) => !each.hasAttribute('aria-label') && !document.getElementById(each.getAttribute('aria-labelledby'))).length,
          scopes: [...document.querySelectorAll('th')].every((th) => th.scope === 'col'),
          picture: document.querySelector('svg').getAttribute('aria-label').length > 20,
        })`),
      ).toEqual({
        lang: 'en',
        title: 'VPC peerings',
        h1: 1,
        main: 1,
        unnamed: 0,
        scopes: true,
        picture: true,
      });
    } finally {
      await page.close();
    }
  });
});
