/**
 * A text as one word of a POSIX shell, in quotes where the shell would take it apart: whoever pastes a command runs nothing else,
 * wherever its words come from. An id in a snapshot is what somebody wrote into a file.
 */
export function shellWord(text: string): string {
  return /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
