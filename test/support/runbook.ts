import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of docs/runbooks, as the tests read it: the page is the source of what they run. */

/** One command of a page and what the page shows that it prints. */
export interface ShownCommand {
  /** As after the `$`; lines that end with a backslash or a pipe go on. */
  readonly command: string;
  readonly output: string;
}

export interface RunbookPart {
  /** `###` in the page; undefined before the first. */
  readonly cause: string | undefined;
  readonly commands: readonly ShownCommand[];
}

export interface RunbookSection {
  /** `##` in the page. */
  readonly heading: string;
  readonly text: string;
  readonly parts: readonly RunbookPart[];
}

export interface Runbook {
  readonly title: string;
  readonly sections: readonly RunbookSection[];
}

export const RUNBOOKS = join(__dirname, '../../docs/runbooks');

/** Pages about what no alarm rings for. */
export const SITUATIONS = ['AddressPlanUnread', 'PeeringEnded', 'SubnetTagsChanged'] as const;

const BLOCK = /```console\n([\s\S]*?)```/g;

/** The commands of one `console` block, each with what is shown below it. */
function commandsIn(block: string): ShownCommand[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [, command = '', output = ''] = /^((?:.*[\\|]\n)*.*)\n?([\s\S]*)$/.exec(text) ?? [];
      return { command, output };
    });
}

function partsOf(section: string): RunbookPart[] {
  return section.split(/^(?=### )/m).map((text) => ({
    cause: /^### (.+)$/m.exec(text)?.[1],
    commands: [...text.matchAll(BLOCK)].flatMap(([, block = '']) => commandsIn(block)),
  }));
}

export function pageOf(alarm: string): string {
  return readFileSync(join(RUNBOOKS, `${alarm}.md`), 'utf8');
}

/** @param alarm the end of its name, such as `RouteDrift`. */
export function readRunbook(alarm: string): Runbook {
  const [head = '', ...sections] = pageOf(alarm).split(/^(?=## )/m);
  return {
    title: /^# (.+)$/m.exec(head)?.[1] ?? '',
    sections: sections.map((section) => ({
      heading: /^## (.+)$/m.exec(section)?.[1] ?? '',
      text: section,
      parts: partsOf(section),
    })),
  };
}

/** The page with each command's output replaced by what `outputs` has for it, in the order of the page. */
export function withOutputs(page: string, outputs: readonly string[]): string {
  let next = 0;
  return page.replaceAll(BLOCK, (_block, text: string) => {
    const commands = commandsIn(text).map(({ command }) => {
      const output = outputs[next] ?? '';
      next += 1;
      return `$ ${command}\n${output}`;
    });
    return `\`\`\`console\n${commands.join('')}\`\`\``;
  });
}
