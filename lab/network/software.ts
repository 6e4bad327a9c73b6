import { type Block, contains, readBlock } from './address.ts';
import type { Host } from './types.ts';

/** What runs on the lab's instances, told by tags: the lab itself runs nothing there. */

/** TCP ports that something listens at, with blanks between: `5432 443`. */
const LISTENS_TAG = 'lab:listens';
/** A bridge of containers, by name and address: `docker0 172.17.0.1/16`. */
const BRIDGE_TAG = 'lab:bridge';

export function listensAt(host: Host, port: number): boolean {
  return (host.tags[LISTENS_TAG] ?? '').split(/\s+/).includes(String(port));
}

export interface Bridge {
  readonly name: string;
  readonly address: string;
  readonly block: Block;
  /** Of the network: `172.17.0.0/16`. */
  readonly range: string;
}

/** The bridge that keeps packets to an address on the instance. */
export function bridgeFor(host: Host, address: string): Bridge | undefined {
  const [, name = '', own = '', prefix = ''] =
    /^(\S+) (\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(host.tags[BRIDGE_TAG] ?? '') ?? [];
  if (name === '') {
    return undefined;
  }
  const block = readBlock(`${own}/${prefix}`);
  const network = readBlock(`${own}/${prefix}`).address.toByteArray();
  const bits = Number(prefix);
  const first = network.map(
    (byte, index) => byte & (0xff << Math.min(8, Math.max(0, 8 * (index + 1) - bits))),
  );
  return contains(block, address)
    ? { name, address: own, block, range: `${first.join('.')}/${prefix}` }
    : undefined;
}
