import { priceLines } from '../../local/tutorial/prices.ts';

describe('the prices in the tutorial', () => {
  it.each([
    ['same-zone', 'the same Availability Zone  free'],
    ['other-zone', 'another Availability Zone   0.01 USD a GB on each side'],
    ['other-region', 'another Region              0.02 USD a GB sent'],
  ] as const)('are three, and mark the one of the ping that was seen: %s', (here, line) => {
    const [heading, ...lines] = priceLines(here);
    expect(lines.pop()).toMatch(/list prices of us-east-1, \d{4}-\d\d: bench\/prices\.json/);
    expect(heading).toContain('the peering itself is free');
    expect(lines).toHaveLength(3);
    const [marked = '', ...more] = lines.filter((each) => each.includes('<-'));
    expect(more).toEqual([]);
    expect(marked.trim()).toMatch(/ {2,}<- this ping$/);
    expect(marked.trim().startsWith(line)).toBe(true);
  });

  it('mark none where the zones are not known', () => {
    expect(priceLines('unknown').join()).not.toContain('<-');
  });
});
