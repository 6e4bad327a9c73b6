import type { OutputSection } from './output-sections.ts';

/** What became of a connection that was asked for. */
export type TcpEnd =
  | 'connected'
  /** An answer of the target, or of somebody who speaks in its name: packets pass, and nothing takes the connection. */
  | 'refused'
  | 'timeout'
  /** Somebody answered that the target cannot be had. */
  | 'unreachable'
  /** The sender's own system did not let it go. */
  | 'not-sent'
  | 'no-program'
  | 'unreadable';

export interface TcpAnswer {
  readonly port: number;
  readonly end: TcpEnd;
  /** Until the answer, in milliseconds. */
  readonly ms?: number;
}

/** What the kernel says (`strerror` in the C locale), and .NET's `SocketError`. */
const ENDS: Readonly<Record<string, TcpEnd>> = {
  'Connection refused': 'refused',
  ConnectionRefused: 'refused',
  'Connection timed out': 'timeout',
  TimedOut: 'timeout',
  'No route to host': 'unreachable',
  HostUnreachable: 'unreachable',
  'Network is unreachable': 'not-sent',
  NetworkUnreachable: 'not-sent',
  NetworkDown: 'not-sent',
  'Permission denied': 'not-sent',
  'Operation not permitted': 'not-sent',
  AccessDenied: 'not-sent',
  'Cannot assign requested address': 'not-sent',
  AddressNotAvailable: 'not-sent',
  'Address family not supported by protocol': 'not-sent',
  AddressFamilyNotSupported: 'not-sent',
  // bash without network redirections takes it for a file.
  'No such file or directory': 'no-program',
};

const LINE = /^tcp ([1-9]\d{0,4}) exit (\d{1,3})(?: (.*))?$/;
const CONNECTED = /^connected in (-?\d{1,9}) us$/;
const FAILED = /(?:\/dev\/tcp\/(\S+)\/(\d+): |^socket error )([A-Za-z ]+?) failed in (-?\d{1,9}) us$/;

/** `timeout` gives 124 when it had to end the program; 126 and 127 are a program that could not be run. */
const TIMEOUT = '124';
const NO_PROGRAM = new Set(['125', '126', '127']);

/** A clock that was set meanwhile tells no time. */
function timed(us: string): Pick<TcpAnswer, 'ms'> {
  const ms = Number(us) / 1000;
  return ms >= 0 ? { ms } : {};
}

function readLine(target: string, port: number, exit: string, said: string): TcpAnswer {
  const connected = CONNECTED.exec(said);
  if (exit === '0') {
    return connected === null
      ? { port, end: 'unreadable' }
      : { port, end: 'connected', ...timed(connected[1] ?? '') };
  }
  if (exit === TIMEOUT && said === '') {
    return { port, end: 'timeout' };
  }
  if (NO_PROGRAM.has(exit)) {
    return { port, end: 'no-program' };
  }
  const [, address, ofPort, reason = '', us = ''] = FAILED.exec(said) ?? [];
  const isAbout = address === undefined || (address === target && Number(ofPort) === port);
  const end = isAbout ? ENDS[reason] : undefined;
  return end === undefined ? { port, end: 'unreadable' } : { port, end, ...timed(us) };
}

/** By port. A port that is told of twice is not told of. */
export function readTcp(sections: readonly OutputSection[], target: string): ReadonlyMap<number, TcpAnswer> {
  const answers = new Map<number, TcpAnswer>();
  const lines = sections
    .filter(({ what, isWhole }) => what === 'tcp' && isWhole)
    .flatMap((section) => section.lines.map((line) => line.trim()));
  for (const line of lines) {
    const [, text = '', exit = '', said = ''] = LINE.exec(line) ?? [];
    const port = Number(text);
    if (text !== '') {
      answers.set(
        port,
        answers.has(port) ? { port, end: 'unreadable' } : readLine(target, port, exit, said.trim()),
      );
    }
  }
  return answers;
}
