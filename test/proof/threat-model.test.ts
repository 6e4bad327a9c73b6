import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const rows = [
  ...readFileSync(join(root, 'docs/threat-model.md'), 'utf8').matchAll(
    /\| `((?:lab\/)?test\/[^`]+)`: (.+?) \|$/gm,
  ),
].map(([, file = '', title = '']) => ({ file, title }));

describe('the threat model', () => {
  it('names tests beside its threats', () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)('$file has "$title"', ({ file, title }) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(readFileSync(join(root, file), 'utf8')).toContain(`'${title}'`);
  });
});
