/** Ctrl-C, as what is under way notices it: nothing new is made, and what waits wakes up. */

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface Interruption {
  readonly signal: AbortSignal;
  /** @throws {Interrupted} once a signal came. */
  throwIfInterrupted(): void;
  /** @throws {Interrupted} as soon as a signal comes. */
  sleep(milliseconds: number): Promise<void>;
}

export function createInterruption(signal: AbortSignal): Interruption {
  const throwIfInterrupted = () => {
    if (signal.aborted) {
      throw new Interrupted('interrupted');
    }
  };
  return {
    signal,
    throwIfInterrupted,
    async sleep(milliseconds) {
      throwIfInterrupted();
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, milliseconds);
        signal.addEventListener('abort', wake);
      });
      throwIfInterrupted();
    },
  };
}
