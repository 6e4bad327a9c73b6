import { spawnSync } from 'node:child_process';

/**
 * A network that leads nowhere: a namespace of its own (Linux), in which names are not resolved and nothing is reached, not even
 * this machine. To be put before a command; empty where the machine does not allow one.
 */
function cutOff(): readonly string[] {
  // As root without a user namespace, which containers may forbid; else with one.
  const ways = [
    ['unshare', '--net'],
    ['unshare', '--map-root-user', '--net'],
  ];
  return ways.find(([file = '', ...args]) => spawnSync(file, [...args, 'true']).status === 0) ?? [];
}

/** `describe`, or one that is skipped, whose name says why. */
export function describeCutOff(title: string, tests: (before: readonly string[]) => void): void {
  const before = cutOff();
  if (before.length === 0) {
    describe.skip(`${title} (this machine allows no network namespace: unshare --net)`, () => tests(before));
  } else {
    describe(title, () => tests(before));
  }
}
