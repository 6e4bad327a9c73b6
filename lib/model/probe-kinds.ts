/** What the connectivity check asks about an address. */

/** What one command asks of its target. */
export interface Asked {
  readonly ping: boolean;
  /** Bytes of whole packets that may not be cut up, the largest first. */
  readonly sizes: readonly number[];
  /** TCP. */
  readonly ports: readonly number[];
  /** DNS names that have to lead to the target. */
  readonly names: readonly string[];
}

export const PING_ONLY: Asked = { ping: true, sizes: [], ports: [], names: [] };

/** One of them: a ping, a connection to a TCP port, large packets, or a name. */
export type ProbeKind = 'ping' | 'tcp' | 'mtu' | 'name';

/** For people: `ping`, `TCP 5432`, `large packets`, `the name ip-10-2-1-139.ec2.internal`. */
export function kindText({
  kind,
  port,
  name,
}: {
  readonly kind: ProbeKind;
  readonly port?: number;
  readonly name?: string;
}): string {
  switch (kind) {
    case 'ping':
      return 'ping';
    case 'tcp':
      return `TCP ${port}`;
    case 'mtu':
      return 'large packets';
    case 'name':
      return name === undefined ? 'names' : `the name ${name}`;
  }
}
