import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parse } from 'yaml';

/** What people read in the repository: pages that link to each other, and the forms for issues. */

const ROOT = join(__dirname, '../..');

async function pagesIn(directory: string, depth: 'this folder' | 'all below'): Promise<string[]> {
  const entries = await readdir(join(ROOT, directory), { recursive: depth === 'all below' });
  return entries.filter((name) => name.endsWith('.md')).map((name) => join(directory, name));
}

function prose(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replaceAll(/```.*?```/gs, '');
}

/** As GitHub and GitLab name the anchor of a heading that stands once on its page. */
function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(page: string): Set<string> {
  return new Set([...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));
}

/** What is wrong with the links of a page to others of the project. */
function brokenLinks(page: string): string[] {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^(https?|mailto):/.test(link))
    .flatMap((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return [`${page}: ${link} leads to no file`];
      const missing = anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
      return missing ? [`${page}: ${link} leads to no heading of ${relative('.', target)}`] : [];
    });
}

describe('the pages', () => {
  it('lead to files and headings that are there', async () => {
    const pages = [
      ...(await pagesIn('.', 'this folder')),
      ...(await pagesIn('lab', 'this folder')),
      ...(await pagesIn('docs', 'all below')),
    ];
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/decisions/README.md']));
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  it('list every decision', async () => {
    const decisions = (await pagesIn('docs/decisions', 'this folder')).map((page) =>
      relative('docs/decisions', page),
    );
    const listed = [...prose('docs/decisions/README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map(
      ([, page = '']) => page,
    );
    expect(['README.md', ...listed].sort()).toEqual(decisions.sort());
  });

  it.each(['CONTRIBUTING.md', 'SECURITY.md', 'docs/decisions/README.md'])(
    '%s names files of the project that are there',
    (page) => {
      const named = [
        ...prose(page).matchAll(
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
