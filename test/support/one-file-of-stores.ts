import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Node 20 to 22 hand each new promise what every store that was ever used holds, and Jest makes a store for each test file and
 * never ends it: the hundredth file of a worker would pay for a hundred. Those of the files before are ended here.
 */
const USED = Symbol.for('stores used by the test files of this worker');

interface Counted {
  [USED]?: Set<AsyncLocalStorage<unknown>>;
}

const prototype: AsyncLocalStorage<unknown> & Counted = AsyncLocalStorage.prototype;
const used = prototype[USED];
if (used === undefined) {
  const stores = new Set<AsyncLocalStorage<unknown>>();
  const { run } = prototype;
  prototype[USED] = stores;
  prototype.run = function counted(this: AsyncLocalStorage<unknown>, ...given: Parameters<typeof run>) {
    stores.add(this);
    return run.apply(this, given);
  } as typeof run;
} else {
  for (const store of used) store.disable();
  used.clear();
}
