import { type Address, asAddress, CidrError, parseAddress } from '../network/cidr.ts';

/** What `probe.targets` names: an address to ping, or with a port one to connect to. */
export interface ProbeTarget {
  readonly address: Address;
  readonly port?: number;
  /** Canonical: `10.64.1.10`, `10.64.1.10:5432`, `[2001:db8::1]:443`. */
  readonly text: string;
}

const MAX_PORT = 65_535;

function parsePort(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined;
  return port !== undefined && port <= MAX_PORT ? port : undefined;
}

const FORMS =
  'write an address, such as 10.64.1.10, or one with a TCP port: 10.64.1.10:5432 or [2001:db8::1]:443';

/**
 * IPv6 needs brackets before a port: 2001:db8::1:443 is an address as it stands.
 *
 * @throws CidrError saying what would be right.
 */
export function parseProbeTarget(text: string): ProbeTarget {
  const [, inBrackets, portOfIpv6, ipv4, portOfIpv4] =
    /^(?:\[([^\]]*)\](?::(.*))?|([^:]*):([^:]*))$/s.exec(text) ?? [];
  const host = inBrackets ?? ipv4;
  if (host === undefined) {
    const address = parseAddress(text);
    return { address, text: address.text };
  }
  const address = asAddress(host);
  const isFitting = address !== undefined && (address.family === 'ipv6') === (inBrackets !== undefined);
  if (!isFitting) {
    throw new CidrError(text, `is no address with a port: ${FORMS}`);
  }
  const port = parsePort(portOfIpv6 ?? portOfIpv4 ?? '');
  if (port === undefined) {
    throw new CidrError(text, `has no port from 1 to ${MAX_PORT} at its end: ${FORMS}`);
  }
  const shown = address.family === 'ipv6' ? `[${address.text}]` : address.text;
  return { address, port, text: `${shown}:${port}` };
}

/** The word in the tag `<prefix>:probe-ports` for targets that let no ping in. */
export const NO_PING = 'no-ping';

export interface PortsTag {
  readonly ports: readonly number[];
  readonly ping: boolean;
  /** Words that say nothing. */
  readonly unknown: readonly string[];
}

/**
 * Reads `<prefix>:probe-ports`: TCP ports with spaces or commas between them, and `no-ping`. Without any port there is always a
 * ping, so that a slip does not end the check.
 */
export function portsTag(value: string | undefined): PortsTag {
  const words = (value ?? '').split(/[\s,]+/).filter((word) => word !== '');
  const ports = [...new Set(words.flatMap((word) => parsePort(word) ?? []))].sort((a, b) => a - b);
  return {
    ports,
    ping: ports.length === 0 || !words.includes(NO_PING),
    unknown: words.filter((word) => word !== NO_PING && parsePort(word) === undefined),
  };
}
