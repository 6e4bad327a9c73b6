import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Family, sameAddress } from './address.ts';
import { endGroup, ip, type Ran, run } from './iproute.ts';
import { type Listener, startListener } from './listener.ts';
import { type Asking, NamespaceNetwork } from './namespace-network.ts';
import { NAMESPACE_PREFIX } from './namespace-support.ts';
import type { Router } from './router-lines.ts';
import { listensAt } from './software.ts';

/**
 * The modelled network as a real one: a network namespace for each VPC's router and each instance, joined by veth
 * pairs, with the kernel forwarding by the route tables' routes, and a listener for each TCP port that something listens at.
 * Security groups and network ACLs stay the model's: what they drop is dropped by a rule on the router.
 */

/** Runs programs on hosts, each in namespaces of its own. */
export class Namespaces {
  readonly #made = new Set<string>();
  readonly #listeners = new Set<Listener>();
  readonly #running = new Set<ChildProcess>();
  readonly #removeAtExit = () => this.#removeAll();
  #asked = 0;

  constructor() {
    process.once('exit', this.#removeAtExit);
  }

  /**
   * Runs a program on the host.
   *
   * @throws NamespaceError when the namespaces cannot be made; none is left then.
   */
  async run(asked: Asking): Promise<Ran> {
    this.#asked += 1;
    const name = `${NAMESPACE_PREFIX}${process.pid}-${this.#asked}`;
    const families: Family[] = existsSync('/proc/sys/net/ipv6') ? ['ipv4', 'ipv6'] : ['ipv4'];
    const names: string[] = [];
    const mine = new Set<Listener>();
    const makeNamespace = async (suffix: string) => {
      const namespace = `${name}${suffix}`;
      names.push(namespace);
      await this.#makeNamespace(namespace);
      return namespace;
    };
    try {
      const { source, routers } = await new NamespaceNetwork(asked, { families, makeNamespace }).build();
      await this.#listen(asked, routers, mine);
      return await run('ip', ['netns', 'exec', source, ...asked.command], {
        started: (child) => {
          this.#running.add(child);
          child.once('close', () => this.#running.delete(child));
        },
      });
    } finally {
      for (const listener of mine) {
        listener.stop();
        this.#listeners.delete(listener);
      }
      for (const namespace of names) {
        await this.#removeNamespace(namespace);
      }
    }
  }

  /** Removes what is left of programs under way. */
  stop(): void {
    process.off('exit', this.#removeAtExit);
    this.#removeAll();
  }

  /** At every machine with the destination's address. */
  async #listen(
    { destination, ports }: Asking,
    routers: readonly Router[],
    mine: Set<Listener>,
  ): Promise<void> {
    const targets = routers
      .flatMap(({ machines }) => machines)
      .filter((each) => each.interface.addresses.some((own) => sameAddress(own, destination)));
    for (const { namespace, host } of targets) {
      const open = ports.filter((port) => listensAt(host, port));
      if (open.length > 0) {
        const listener = await startListener(namespace, destination, open);
        mine.add(listener);
        this.#listeners.add(listener);
      }
    }
  }

  async #makeNamespace(name: string): Promise<void> {
    this.#made.add(name);
    await ip(['netns', 'add', name]);
    await ip(['-n', name, 'link', 'set', 'lo', 'up']);
  }

  async #removeNamespace(name: string): Promise<void> {
    if (!this.#made.has(name)) {
      return;
    }
    await ip(['netns', 'delete', name]);
    this.#made.delete(name);
  }

  #removeAll(): void {
    for (const child of this.#running) {
      endGroup(child);
    }
    for (const listener of this.#listeners) {
      listener.stop();
    }
    this.#listeners.clear();
    for (const name of this.#made) {
      spawnSync('ip', ['netns', 'delete', name]);
    }
    this.#made.clear();
  }
}
