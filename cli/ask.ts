/** Questions on the terminal, and what ends one without an answer. */

/** Nobody answered: nothing that was asked about is done. */
export class NotAnswered extends Error {
  override readonly name = 'NotAnswered';
  readonly by: 'Ctrl-C' | 'end of input';

  constructor(by: NotAnswered['by']) {
    super(`no answer: ${by}`);
    this.by = by;
  }
}

/**
 * Asks one question, on stderr: an answer on stdout is for whoever reads it.
 *
 * @param onInterrupt takes what a signal does while the question stands, and undefined after it.
 * @throws NotAnswered at Ctrl-C, and at Ctrl-D or the end of the input.
 */
export async function ask(
  question: string,
  onInterrupt: (act: (() => void) | undefined) => void,
): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<never>((_, reject) => {
      const interrupt = () => reject(new NotAnswered('Ctrl-C'));
      // In a terminal the key comes to the interface, and a signal from elsewhere to the process.
      terminal.once('SIGINT', interrupt);
      onInterrupt(interrupt);
      terminal.once('close', () => reject(new NotAnswered('end of input')));
    });
    return await Promise.race([terminal.question(question), ended]);
  } catch (error) {
    // Newer versions of Node reject the question at Ctrl-D, before the interface closes.
    throw error instanceof Error && error.name === 'AbortError' ? new NotAnswered('end of input') : error;
  } finally {
    onInterrupt(undefined);
    terminal.close();
  }
}
