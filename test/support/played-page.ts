import { readFileSync, writeFileSync } from 'node:fs';
import type { Ended } from '../cli/support/command.ts';

/**
 * A page whose commands are run from top to bottom. What it shows has to be what they print, but for what differs with every
 * run. `UPDATE_DOCS=1` writes the real output into the page instead.
 */
export interface PlayedPage {
  readonly file: string;
  /** Before the section of this heading. */
  before(heading: string): Promise<void>;
  /** The ids of this run in what stands behind `$ npx peering`. */
  real(line: string): string;
  run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended>;
  /** Exit codes that a command may have, beside 0 and 2 (there is something to do). */
  readonly alsoExits: (line: string) => readonly number[];
  /** What of the output is the same in every run: one line each, in an order that does not depend on ids. */
  comparable(output: string): readonly string[];
}

const BLOCK = /```console\n\$ ((?:[A-Z_]+=\S+ )*)npx peering (.+)\n([\s\S]*?)```/g;

/** Words as a shell takes them apart, with `"` as the only quote. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

function environmentOf(text: string): Record<string, string> {
  return Object.fromEntries(
    wordsOf(text).map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
  );
}

export interface Played {
  readonly shown: Readonly<Record<string, readonly string[]>>;
  readonly printed: Readonly<Record<string, readonly string[]>>;
}

/** Runs every command of the page, in order. Each may fail only as the page's test says. */
export async function playPage(page: PlayedPage): Promise<Played> {
  const shown: Record<string, readonly string[]> = {};
  const printed: Record<string, readonly string[]> = {};
  let updated = '';
  for (const [index, section] of readFileSync(page.file, 'utf8')
    .split(/^(?=## )/m)
    .entries()) {
    const heading = /^## (\w+)/.exec(section)?.[1] ?? '';
    await page.before(heading);
    let text = section;
    for (const [block, environment = '', line = '', output = ''] of section.matchAll(BLOCK)) {
      const real = page.real(line);
      const { code, stdout, stderr } = await page.run(wordsOf(real), environmentOf(environment));
      const fine = [0, 2, ...page.alsoExits(line)];
      if (code === null || !fine.includes(code)) {
        throw new Error(`peering ${real} exits ${code}: ${stdout}${stderr}`);
      }
      const name = `${index} ${heading}: ${page.comparable(line).join()}`;
      shown[name] = page.comparable(output);
      printed[name] = page.comparable(stdout + stderr);
      text = text.replace(
        block,
        () => `\`\`\`console\n$ ${environment}npx peering ${real}\n${stdout}${stderr}\`\`\``,
      );
    }
    updated += text;
  }
  if (process.env.UPDATE_DOCS === '1') {
    writeFileSync(page.file, updated);
    return { shown: {}, printed: {} };
  }
  return { shown, printed };
}
