import { shellWord } from '../lib/model/shell-word.ts';
import { shown } from './output.ts';

/** An argument as it is typed in a command that people copy: a long one is cut where it has to be quoted. */
export function asTyped(text: string): string {
  return shellWord(text) === text ? text : shellWord(shown(text, 80));
}
