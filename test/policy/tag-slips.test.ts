import fc from 'fast-check';
import { optInOf } from '../../lib/model/opt-in.ts';
import { expiresTagSlips, probeTagSlips, routesTagSlips } from '../../lib/policy/tag-slips.ts';
import { anyText } from '../support/any-text.ts';
import { runs } from '../support/runs.ts';

const PREFIX = 'peering-autopilot';
const KEY = `${PREFIX}:routes`;
const RULES = ['shared-services', 'partners', 'peers-eu'];

function slips(tags: Record<string, string>, ruleNames: readonly string[] = RULES, tagPrefix = PREFIX) {
  return routesTagSlips(tags, { tagPrefix, ruleNames, place: 'rtb-1 in us-east-1' });
}

const meant = (...given: Parameters<typeof slips>) => slips(...given).map((slip) => slip.meant);

describe('a key that is not the one that is read', () => {
  it('is named with the tag that was meant', () => {
    expect(slips({ 'Peering-Autopilot:Routes': '*' })).toEqual([
      {
        key: 'Peering-Autopilot:Routes',
        value: '*',
        meant: { key: KEY, value: '*' },
        sentence:
          'rtb-1 in us-east-1: the tag "Peering-Autopilot:Routes" is not the one that is read; did you mean peering-autopilot:routes = "*"?',
      },
    ]);
  });

  it.each([
    'PEERING-AUTOPILOT:ROUTES',
    'peering-autopilot:Routes',
    'peering-autopilot:route',
    'Peering-Autopilot:Route',
    'peering-autopilot:routes ',
    ' peering-autopilot:routes',
    'peering-autopilot: routes',
    'peering-autopilot/routes',
    'peering-autopilot-routes',
    'peering-autopilot_routes',
    'peering-autopilot.routes',
    'peering_autopilot:routes',
    'peeringAutopilot:routes',
    'PeeringAutopilotRoutes',
    'peering autopilot routes',
    'peering-autopilot::routes',
    'peering-autopilot:routing',
    'PeeringAutopilot:Routing',
    'peering-autopliot-routing',
    'peering-autopilot:route-table',
    'peering-autopilot:route_tables',
    'peering-autopilot:rotues',
    'peering-autopilot:ruotes',
    'peering-autopilot:routs',
    'peering-autopilot:rout',
    'peering-autopliot:routes',
    'peering-autopilots:route',
    'peerings-autopilot:routes',
    'perring-autopilot:routes',
    'peering-autopilot\uff1aroutes',
    'peering-autopilot:\u200broutes',
    'autopilot:routes',
    'peering:routes',
    'peering-routes',
    'peering-autopilot',
    ':routes',
    'routes',
  ])('%j is one', (key) => {
    expect(meant({ Name: 'main', [key]: '*' })).toEqual([{ key: KEY, value: '*' }]);
  });

  it.each([
    ['Name', '*'],
    ['routes', 'managed by the network team'],
    ['Routes', 'all'],
    ['peering:routes', 'see the wiki'],
    ['peering-autopilot', 'owned by the network team'],
    ['peering-autopilot:probe', 'both'],
    ['peering-autopilot:decision', 'accept'],
    ['peering-autopilot:rule', 'partners'],
    ['peering-autopilot:decided-at', '2026-01-01T00:00:00Z'],
    ['peering-autopilot:routes-synced-at', '2026-01-01T00:00:00Z'],
    ['peering-autopilot:reminded-at', '2026-01-01T00:00:00Z'],
    ['peering-autopilot:owner', 'network'],
    ['peering-autopilot:notes', '*'],
    ['peering-autopilot:rules', '*'],
    ['peering-autopilot:roots-of-trust', '*'],
    ['peering-autopilot-test:routing', '*'],
    ['peering-autopilot2:routing', '*'],
    ['transit-gateway:routing', '*'],
    ['routing', '*'],
    ['autopilot:routing', '*'],
    ['peering-autopilot-test:routes', '*'],
    ['peering-autopilot-eu:routes', '*'],
    ['peering-autopilot2:routes', '*'],
    ['peering-autopilot:routes6', '*'],
    ['transit-gateway:routes', '*'],
    ['aws:cloudformation:stack-name', 'peering-autopilot-routes'],
    ['Environment', 'partners'],
    ['', '*'],
    [':', '*'],
  ])('%s = %j is none', (key, value) => {
    expect(slips({ [key]: value })).toEqual([]);
  });

  it('is put right together with its value', () => {
    expect(meant({ 'peering-autopilot/routes': 'Partners,shared_services' })).toEqual([
      { key: KEY, value: 'partners shared-services' },
    ]);
  });

  it('is to be removed where the right one is there, or where it says no', () => {
    expect(slips({ [KEY]: 'partners', 'peering-autopilot:route': '*' })).toEqual([
      expect.objectContaining({
        key: 'peering-autopilot:route',
        meant: null,
        sentence: expect.stringMatching(/is peering-autopilot:routes and is there, too; remove the other\.$/),
      }),
    ]);
    expect(slips({ 'peering-autopilot:route': 'none' })).toEqual([
      expect.objectContaining({ meant: null, sentence: expect.stringMatching(/Remove it: without the tag/) }),
    ]);
  });

  it('is looked for under the prefix of the policy', () => {
    expect(meant({ 'Net/Routes': '*' }, RULES, 'net')).toEqual([{ key: 'net:routes', value: '*' }]);
    // So short a key has too many neighbours.
    expect(meant({ 'get:routers': '*', 'set:routes': '*' }, RULES, 'net')).toEqual([]);
  });
});

describe('a value that names no rule', () => {
  it.each([
    ['all', '*'],
    ['ALL', '*'],
    ['true', '*'],
    ['Yes', '*'],
    ['any', '*'],
    ['"*"', '*'],
    ["'*'", '*'],
    ['[*]', '*'],
    ['**', '*'],
    ['*,partners', '*'],
    ['partners,shared-services', 'partners shared-services'],
    ['partners; shared-services', 'partners shared-services'],
    ['["partners", "shared-services"]', 'partners shared-services'],
    ['partners|peers-eu', 'partners peers-eu'],
    ['Partners', 'partners'],
    ['SHARED_SERVICES', 'shared-services'],
    ['Shared Services', 'shared-services'],
    ['partner', 'partners'],
    ['parnters shared-services', 'partners shared-services'],
    ['shared-*', 'shared-services'],
    ['p*', 'partners peers-eu'],
    ['\u201cpartners\u201d', 'partners'],
    ['partners frontend', 'partners'],
  ])('%j: %j was meant', (value, right) => {
    expect(meant({ [KEY]: value })).toEqual([{ key: KEY, value: right }]);
  });

  it('is told of with what was meant', () => {
    expect(slips({ [KEY]: 'all,shared-services' }, ['all', 'shared-services'])[0]?.sentence).toBe(
      'rtb-1 in us-east-1: the tag peering-autopilot:routes names all,shared-services, but the policy has no such rule; did you mean peering-autopilot:routes = "all shared-services"?',
    );
  });

  it.each([
    ['ALL', 'all'],
    ['all,none', 'all none'],
    ['"any"', '*'],
    ['None', 'none'],
  ])('%j is first of all the rules of that name: %j', (value, right) => {
    expect(meant({ [KEY]: value }, ['all', 'none'])).toEqual([{ key: KEY, value: right }]);
  });

  it.each(['No', 'None', 'false', 'off', '"none"', '0', 'disabled'])(
    '%j: the tag is to be removed, or to say none',
    (value) => {
      expect(slips({ [KEY]: value })).toEqual([
        expect.objectContaining({
          meant: null,
          sentence: expect.stringMatching(/Remove it, or set it to none: without the tag/),
        }),
      ]);
    },
  );

  it('lists the rules where none is near', () => {
    expect(slips({ [KEY]: 'frontend backend' })).toEqual([
      {
        key: KEY,
        value: 'frontend backend',
        meant: null,
        sentence:
          'rtb-1 in us-east-1: the tag peering-autopilot:routes names frontend, backend, but the policy has no such rule. Set it to * or to names of rules, with blanks between: shared-services, partners, peers-eu.',
      },
    ]);
    expect(slips({ [KEY]: 'frontend' }, [])[0]?.sentence).toMatch(/The policy has no rules yet\.$/);
    const many = Array.from({ length: 30 }, (_, index) => `xxxxxxx-${index}`);
    expect(slips({ [KEY]: 'frontend' }, many)[0]?.sentence).toMatch(/xxxxxxx-9 and 20 more\.$/);
  });

  it.each(['', ' ', '\t'])('%j is empty', (value) => {
    expect(slips({ [KEY]: value })[0]?.sentence).toMatch(
      /is empty, so the table gets no routes\. Set it to \*/,
    );
  });

  it.each(['*', ' * ', 'partners', 'partners  shared-services', 'partners partners', '* frontend', 'none'])(
    '%j is right',
    (value) => expect(slips({ [KEY]: value })).toEqual([]),
  );
});

describe('the tag of an instance', () => {
  const probe = (tags: Record<string, string>) =>
    probeTagSlips(tags, { tagPrefix: PREFIX, place: 'i-1 in us-east-1' });

  it.each([
    ['peering-autopilot:probe', 'Source', 'source'],
    ['peering-autopilot:probe', ' target', 'target'],
    ['peering-autopilot:probe', '"both"', 'both'],
    ['peering-autopilot:probe', 'source,target', 'both'],
    ['peering-autopilot:probe', 'true', 'both'],
    ['peering-autopilot:probe', '*', 'both'],
    ['peering-autopilot:probe', 'destination', 'target'],
    ['peering-autopilot:probe', 'sorce', 'source'],
    ['peering-autopilot:probes', 'both', 'both'],
    ['Peering-Autopilot/Probe', 'Both', 'both'],
  ])('%s = %j: %j was meant', (key, value, right) => {
    expect(probe({ [key]: value }).map((slip) => slip.meant)).toEqual([
      { key: 'peering-autopilot:probe', value: right },
    ]);
  });

  it.each(['5432', '5432 443', '443,5432', '5432 no-ping'])('for ports takes %j', (value) => {
    expect(probe({ 'peering-autopilot:probe': 'target', 'peering-autopilot:probe-ports': value })).toEqual(
      [],
    );
  });

  it.each([
    ['peering-autopilot:probe-ports', '5432 https', '5432'],
    ['peering-autopilot:probe-port', '5432', '5432'],
    ['Peering-Autopilot/Probe-Ports', '443', '443'],
  ])('for ports, %s = %j: %j was meant', (key, value, right) => {
    expect(probe({ [key]: value }).map((slip) => slip.meant)).toEqual([
      { key: 'peering-autopilot:probe-ports', value: right },
    ]);
  });

  it('for ports says what it takes', () => {
    expect(probe({ 'peering-autopilot:probe-ports': '99999' })[0]?.sentence).toMatch(/ports from 1 to 65535/);
  });

  it('says what it takes, or that it should go', () => {
    expect(probe({ 'peering-autopilot:probe': 'xyz' })[0]?.sentence).toBe(
      'i-1 in us-east-1: the tag peering-autopilot:probe = "xyz" is neither source nor target nor both. Set it to one of these.',
    );
    expect(probe({ 'peering-autopilot:probe': 'constructor' })[0]?.meant).toBeNull();
    expect(probe({ 'peering-autopilot:probe': 'none' })[0]?.sentence).toMatch(/Remove it: /);
    expect(probe({ 'peering-autopilot:probe': 'both', Name: 'both', [KEY]: '*' })).toEqual([]);
  });
});

describe('the tag of a peering that says when it ends', () => {
  const of = (tags: Record<string, string>) =>
    expiresTagSlips(tags, { tagPrefix: PREFIX, place: 'pcx-1 in us-east-1' });

  it.each(['2027-03-01', '2027-03-01T18:00:00Z', '2027-03-01T18:00+01:00', '2027-03-01T18:00:00.000Z'])(
    'takes %s',
    (value) => {
      expect(of({ 'peering-autopilot:expires': value })).toEqual([]);
    },
  );

  it('that is written in another way is told with what was meant', () => {
    expect(of({ 'peering-autopilot:expires': '2027-03-01T18:00' })).toMatchObject([
      {
        meant: { key: 'peering-autopilot:expires', value: '2027-03-01T18:00Z' },
        sentence:
          'pcx-1 in us-east-1: the tag peering-autopilot:expires = "2027-03-01T18:00" is no time; did you mean peering-autopilot:expires = "2027-03-01T18:00Z"?',
      },
    ]);
  });

  it.each([
    'peering-autopilot:expire',
    'peering-autopilot:expired',
    'Peering-Autopilot:Expires',
    'autopilot:expires',
  ])('is meant by %s', (key) => {
    expect(of({ [key]: '2027-03-01' })).toMatchObject([
      { key, meant: { key: 'peering-autopilot:expires', value: '2027-03-01' } },
    ]);
  });

  it('is meant by no key of the product, nor by words that are no time', () => {
    expect(
      of({ 'peering-autopilot:ended-at': '2027-03-01', Expires: 'soon', 'team:expires-hint': 'x' }),
    ).toEqual([]);
  });

  it('says what it takes', () => {
    expect(of({ 'peering-autopilot:expires': 'soon' })[0]?.sentence).toBe(
      'pcx-1 in us-east-1: the tag peering-autopilot:expires = "soon" is no time. Set it to a date, such as 2027-03-01, or a time with its zone, such as 2027-03-01T18:00:00Z.',
    );
    expect(of({ 'peering-autopilot:expires': 'never' })[0]?.sentence).toContain('Remove it: without the tag');
  });
});

describe('whatever the tags are', () => {
  const ruleName = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
  const prefix = fc.oneof(fc.constant(PREFIX), fc.stringMatching(/^[A-Za-z0-9+=._:/@-]{1,111}$/));
  const text = fc.oneof(
    anyText({ maxLength: 256 }),
    fc.constantFrom('*', 'all', 'none', ',', '__proto__', 'constructor', KEY, 'Peering-Autopilot:Routes'),
  );

  it('answers with sentences of one line, and never names a tag that works', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text), { maxLength: 8 }),
        fc.array(ruleName, { maxLength: 5 }),
        prefix,
        (pairs, ruleNames, tagPrefix) => {
          const tags = Object.fromEntries(pairs);
          const found = [
            ...slips(tags, ruleNames, tagPrefix),
            ...probeTagSlips(tags, { tagPrefix, place: 'i-1' }),
            ...expiresTagSlips(tags, { tagPrefix, place: 'pcx-1' }),
          ];
          for (const { key, value, sentence } of found) {
            expect(tags[key]).toBe(value);
            expect(sentence).not.toMatch(/\p{Cc}/u);
            expect(sentence.length).toBeLessThan(2500);
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });

  /** What people write under the product's prefix, each with a value that works. */
  const kinds = [
    { name: 'routes', value: '*', words: ['routing', 'route-table'], of: slips },
    {
      name: 'probe',
      value: 'source',
      words: ['probing', 'ping'],
      of: (tags: Record<string, string>) => probeTagSlips(tags, { tagPrefix: PREFIX, place: 'i-1' }),
    },
    {
      name: 'probe-ports',
      value: '5432',
      words: ['ports', 'probe-port'],
      of: (tags: Record<string, string>) => probeTagSlips(tags, { tagPrefix: PREFIX, place: 'i-1' }),
    },
    {
      name: 'expires',
      value: '2027-03-01',
      words: ['expiry', 'expires-at', 'expiration'],
      of: (tags: Record<string, string>) => expiresTagSlips(tags, { tagPrefix: PREFIX, place: 'pcx-1' }),
    },
  ] as const;

  it('each kind of slip in a key that the product knows is told, with the tag that was meant', () => {
    const separator = fc.constantFrom(':', '-', '/', '_', '.', ' ', '::', ': ', ' : ', '\uff1a');
    const spelling = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.toUpperCase(),
      (text: string) =>
        text.replace(
          /(^|[-: ])([a-z])/g,
          (_, before: string, letter: string) => `${before}${letter.toUpperCase()}`,
        ),
      (text: string) => ` ${text}`,
      (text: string) => `${text} `,
      (text: string) => text.replaceAll('-', '_'),
      (text: string) => text.replaceAll('-', ''),
    );
    fc.assert(
      fc.property(
        fc
          .constantFrom(...kinds)
          .chain((kind) =>
            fc.record({ kind: fc.constant(kind), word: fc.constantFrom(kind.name, ...kind.words) }),
          ),
        separator,
        spelling,
        ({ kind, word }, between, spelled) => {
          const key = spelled(`${PREFIX}${between}${word}`);
          const right = `${PREFIX}:${kind.name}`;
          fc.pre(key !== right);
          expect(kind.of({ [key]: kind.value }).map(({ meant: tag }) => tag)).toEqual([
            { key: right, value: kind.value },
          ]);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('tags of other people are none, whatever words of the product are in them', () => {
    const word = fc.constantFrom(
      'route',
      'routes',
      'routing',
      'route-table',
      'probe',
      'ping',
      'ports',
      'expires',
      'expiry',
      'Name',
      'owner',
    );
    const others = fc.constantFrom(
      'transit-gateway',
      'kubernetes.io',
      'aws:cloudformation',
      'team',
      'peering-autopilot-eu',
      'peering-autopilot2',
      'network-firewall',
      'CostCenter',
    );
    fc.assert(
      fc.property(others, fc.constantFrom(':', '/', '-', '.'), word, (prefixOfOthers, between, name) => {
        const tags = { [`${prefixOfOthers}${between}${name}`]: '*' };
        for (const { of } of kinds) expect(of(tags)).toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });

  it('a right tag is no slip, and what is meant instead of a slip is a right tag', () => {
    const value = (names: readonly string[]) =>
      fc.oneof(
        fc.constant('*'),
        fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((some) => some.join(' ')),
      );
    const policy = fc
      .uniqueArray(ruleName, { minLength: 1, maxLength: 6 })
      .chain((names) => fc.tuple(fc.constant(names), value(names), text));
    fc.assert(
      fc.property(policy, prefix, ([names, right, written], tagPrefix) => {
        const key = `${tagPrefix}:routes`;
        expect(slips({ [key]: right }, names, tagPrefix)).toEqual([]);
        for (const slip of slips({ [key]: written }, names, tagPrefix)) {
          if (slip.meant !== null) {
            expect(slips({ [slip.meant.key]: slip.meant.value }, names, tagPrefix)).toEqual([]);
            expect(
              optInOf({ tags: { [slip.meant.key]: slip.meant.value }, associations: [] }, tagPrefix).kind,
            ).not.toBe('none');
          }
        }
      }),
      { numRuns: runs(500) },
    );
  });
});
