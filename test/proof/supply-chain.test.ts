import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedPackages, isAllowed, type Locked, lockProblems } from '../../proof/supply-chain.ts';

function lockedIn(folder: string): Locked {
  const lock = readFileSync(join(__dirname, '../..', folder, 'package-lock.json'), 'utf8');
  return (JSON.parse(lock) as { readonly packages: Locked }).packages;
}

const packages = lockedIn('.');

describe('the lock file', () => {
  it('takes only packages of the registry, each with its hash', () => {
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    expect(lockProblems(packages)).toEqual([]);
  });

  it('of the tools that long tests install does so, too', () => {
    const tools = lockedIn('test/pages/other-tools');
    expect(Object.keys(tools)).toContain('node_modules/aws-cdk-lib');
    expect(lockProblems(tools)).toEqual([]);
  });

  it('names licences that are allowed, for every package', () => {
    const refused = installedPackages(packages)
      .filter(([, { license }]) => !isAllowed(license ?? 'not stated'))
      .map(([path, { license }]) => `${path}: ${license}`);
    expect(refused).toEqual([]);
  });

  it('may link to a workspace of the project, and to nothing else', () => {
    const links = {
      '': { workspaces: ['lab'] },
      lab: { license: 'MIT' },
      'node_modules/lab': { resolved: 'lab', link: true },
    };
    expect(lockProblems(links)).toEqual([]);
    expect(lockProblems({ ...links, '': {} }).join()).toContain('node_modules/lab is a link');
  });

  it.each([
    [
      'git',
      { resolved: 'git+ssh://git@github.com/a/b.git#1', integrity: 'sha512-x' },
      'not from the registry',
    ],
    [
      'another registry',
      { resolved: 'https://example.com/a.tgz', integrity: 'sha512-x' },
      'not from the registry',
    ],
    ['no hash', { resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' }, 'no SHA-512 integrity'],
    [
      'a weak hash',
      { resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz', integrity: 'sha1-x' },
      'no SHA-512',
    ],
    ['a link', { link: true }, 'is a link'],
  ])('with a package of %s is refused', (_, entry, why) => {
    expect(lockProblems({ 'node_modules/a': entry }).join()).toContain(why);
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND Apache-2.0', true],
    ['MIT AND GPL-3.0-only', false],
    ['AGPL-3.0', false],
    ['not stated', false],
  ])('licence %s: %s', (licence, allowed) => {
    expect(isAllowed(licence)).toBe(allowed);
  });
});
