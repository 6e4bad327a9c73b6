import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');
const [, table = ''] = /^## Threats\n([\s\S]*?)^## /m.exec(page) ?? [];
const [, , ...threats] = table.split('\n').filter((line) => line.startsWith('|'));
const TEST = /\| `((?:lab\/)?test\/[^`]+)`: (.+?) \|$/;
const rows = threats.flatMap((line) => {
  const [, file = '', title = ''] = TEST.exec(line) ?? [];
  return file === '' ? [] : [{ file, title }];
});

describe('the threat model', () => {
  it('names a test beside each of its threats', () => {
    expect(threats.length).toBeGreaterThan(20);
    expect(threats.filter((line) => !TEST.test(line))).toEqual([]);
  });

  it.each(rows)('$file has "$title"', ({ file, title }) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(readFileSync(join(root, file), 'utf8')).toContain(`'${title}'`);
  });
});
