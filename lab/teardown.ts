/** What is to be undone when a lab ends: the last first. */
export class Teardown {
  readonly #steps: (() => Promise<void> | void)[] = [];
  #ending: Promise<void> | undefined;

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Undoes all of it once, however often it is asked. */
  end(): Promise<void> {
    this.#ending ??= this.#undoAll();
    return this.#ending;
  }

  async #undoAll(): Promise<void> {
    for (const step of this.#steps.reverse()) {
      await step();
    }
  }
}
