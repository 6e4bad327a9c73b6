import type { Host, Network } from '../network/types.ts';
import type { Bound } from './documents.ts';
import type { Crossing, Pinger, PingOutcome } from './ping-run.ts';

/**
 * Scripts that do more than ping. The lab is no shell: it knows such a script by its text, to the letter, and whoever gave it
 * says what it would print.
 */
export interface KnownScript {
  /** The step's lines as its document has them, parameters not filled in. */
  readonly lines: readonly string[];
  /** What the step prints on an instance of the modelled network, and its exit code; `endless`: something has to stop it. */
  run(work: ScriptWork): Promise<PingOutcome | 'endless'>;
}

export interface ScriptWork {
  readonly network: Network;
  readonly host: Host;
  readonly pinger: Pinger;
  /** Left out: this lab runs nothing; the model has to say. */
  readonly runInShell?: RunInShell;
  /** The parameters of the command. */
  readonly bound: Bound;
  /** The step's script with other parameters. */
  scriptWith(bound: Bound): string;
  /** Whether a fault on request swallows the packet. */
  isLost(crossing: Crossing): boolean;
}

/** A script for a real shell, between network namespaces, as root. Whoever asks sees to it that nothing else is in it. */
export interface ShellRequest {
  readonly network: Network;
  readonly host: Host;
  /** An IP address, to which the namespaces lead. */
  readonly destination: string;
  /** TCP ports that something listens at, where the destination's tags say so. */
  readonly ports: readonly number[];
  readonly script: string;
}

/** @returns what it printed on stdout; undefined where it cannot be run: the model has to say. */
export type RunInShell = (request: ShellRequest) => Promise<string | undefined>;
