import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { brokenLinks, pagesIn, prose } from '../support/page-links.ts';

/** What people read in the repository: pages that link to each other, and the forms for issues. */

const ROOT = join(__dirname, '../..');

describe('the pages', () => {
  it('lead to files and headings that are there', async () => {
    const pages = [
      ...(await pagesIn(ROOT, '.', 'this folder')),
      ...(await pagesIn(ROOT, 'lab', 'this folder')),
      ...(await pagesIn(ROOT, 'docs', 'all below')),
    ];
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/decisions/README.md']));
    expect(pages.flatMap((page) => brokenLinks(ROOT, page))).toEqual([]);
  });

  it('list every decision', async () => {
    const decisions = (await pagesIn(ROOT, 'docs/decisions', 'this folder')).map((page) =>
      relative('docs/decisions', page),
    );
    const listed = [...prose(join(ROOT, 'docs/decisions/README.md')).matchAll(/\]\(([\w-]+\.md)\)/g)].map(
      ([, page = '']) => page,
    );
    expect(['README.md', ...listed].sort()).toEqual(decisions.sort());
  });

  it.each(['CONTRIBUTING.md', 'SECURITY.md', 'docs/decisions/README.md'])(
    '%s names files of the project that are there',
    (page) => {
      const named = [
        ...prose(join(ROOT, page)).matchAll(
          /`((?:lib|cli|test|build|resources|checks|lab|local|bench|proof|handlers|docs)\/[\w./-]+)`/g,
        ),
      ]
        .map(([, path = '']) => path)
        .filter((path) => !/[A-Z]{4}/.test(path));
      expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    },
  );
});

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly {
    readonly type: string;
    readonly id?: string;
    readonly attributes: { readonly label?: string };
  }[];
}

/** GitHub documentation, "Syntax for issue forms". */
const INPUTS = ['checkboxes', 'dropdown', 'input', 'textarea'];

describe('the form for an issue', () => {
  const form = (name: string) =>
    parse(readFileSync(join(ROOT, '.github/ISSUE_TEMPLATE', name), 'utf8')) as Form;

  it.each(['bug.yml', 'feature.yml', 'question.yml'])('%s is one that GitHub takes', (file) => {
    const { name, description, body } = form(file);
    expect([name, description]).toEqual([expect.stringMatching(/.+/), expect.stringMatching(/.+/)]);
    const inputs = body.filter(({ type }) => type !== 'markdown');
    expect(inputs.filter(({ type }) => !INPUTS.includes(type))).toEqual([]);
    expect(inputs.every(({ attributes }) => attributes.label !== undefined)).toBe(true);
    const ids = inputs.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(inputs.map(({ attributes }) => attributes.label)).size).toBe(inputs.length);
  });

  it('about a defect asks for version, doctor and a snapshot', () => {
    const ids = form('bug.yml').body.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['version', 'doctor', 'snapshot']));
  });
});
