import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Links between Markdown pages of a folder, such as the project or what is packed of it. */

/** Its pages, relative to the root. */
export async function pagesIn(
  root: string,
  directory: string,
  depth: 'this folder' | 'all below',
): Promise<string[]> {
  const entries = await readdir(join(root, directory), { recursive: depth === 'all below' });
  return entries.filter((name) => name.endsWith('.md')).map((name) => join(directory, name));
}

/** A page without its blocks of code. */
export function prose(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/```.*?```/gs, '');
}

/** As GitHub and GitLab name the anchor of a heading that stands once on its page. */
function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(file: string): Set<string> {
  return new Set([...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));
}

/** What is wrong with the links of a page to other files below the root. */
export function brokenLinks(root: string, page: string): string[] {
  const links = [...prose(join(root, page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^(https?|mailto):/.test(link))
    .flatMap((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (target.startsWith('..') || !existsSync(join(root, target))) {
        return [`${page}: ${link} leads to no file`];
      }
      const missing =
        anchor !== undefined && target.endsWith('.md') && !anchorsOf(join(root, target)).has(anchor);
      return missing ? [`${page}: ${link} leads to no heading of ${relative('.', target)}`] : [];
    });
}
