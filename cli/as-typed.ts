import { shown } from './output.ts';

/** An argument as it is typed in a command that people copy: in quotes where a shell would take it apart. */
export function asTyped(text: string): string {
  return /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${shown(text, 80).replaceAll("'", "'\\''")}'`;
}
