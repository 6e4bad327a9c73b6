import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSection, replaceSection, withTotal } from '../../proof/document.ts';

const stamp = { date: new Date('2026-03-04T05:06:07Z'), machine: '2 × test', seconds: 12.4 };
const rendered = (markdown: string, ok = true) =>
  renderSection({ name: 'storm', title: 'Storm', markdown, ok }, stamp);

describe('a section of the proof document', () => {
  it('says when, on what and how it was measured', () => {
    expect(rendered('| a |')).toContain(
      'Everything held. Measured 2026-03-04 on 2 × test in 12 s with `npm run proof -- --only storm`.',
    );
  });

  it('says so when something did not hold', () => {
    expect(rendered('| a |', false)).toContain('**Not everything held.**');
  });

  it('is put at the end of a document that has none of its name', () => {
    expect(replaceSection('# Proof\n', 'storm', rendered('first'))).toBe(`# Proof\n\n${rendered('first')}\n`);
  });

  it('takes the place of the earlier one, and leaves what is around it', () => {
    const before = `# Proof\n\n${rendered('first')}\n\nafter\n`;
    expect(replaceSection(before, 'storm', rendered('second'))).toBe(
      `# Proof\n\n${rendered('second')}\n\nafter\n`,
    );
  });

  it('is not written where its markers enclose nothing', () => {
    expect(() => replaceSection('<!-- end of proof: storm -->', 'storm', rendered('x'))).toThrow('storm');
  });
});

describe('what all sections took together', () => {
  const total = (text: string) => `They take <!-- proof: total -->${text}<!-- end of proof: total -->.`;

  it('is in minutes that were begun', () => {
    expect(withTotal(total('9 minutes'), 1621)).toBe(total('28 minutes'));
  });

  it('is in docs/proof.md', () => {
    const document = readFileSync(join(__dirname, '../../docs/proof.md'), 'utf8');
    const [, minutes] = /<!-- proof: total -->(\d+) minutes<!-- end of proof: total -->/.exec(document) ?? [];
    expect(Number(minutes)).toBeGreaterThan(0);
  });
});
