import { PING_ON_LINUX, PING_ON_WINDOWS, PROBE_ON_LINUX, PROBE_ON_WINDOWS } from './probe-scripts.ts';

/**
 * The one thing that the connectivity check can make an instance do, as an SSM document of schema 2.2. It is no shell:
 * it takes an address, a count, ports, packet sizes and names. The stack makes it in the Region of deployment, forward-events
 * in the others.
 *
 * It is one document for all kinds of probes, so that one command asks all about a target, one role statement and one event
 * pattern are about all of them, and a new kind is a new version of what every Region has already.
 */

/** The same in every Region. It is called after the ping, which was all that it did once: a new name would leave the old one behind. */
export function pingDocumentName(stage: string): string {
  return `vpc-peering-autopilot-${stage}-ping`;
}

/** A parameter that asks for nothing has this value: an empty one is not told from one that was forgotten. */
export const NOTHING = 'none';

/** A document takes no more in one command, so that all it prints is listed and all ports are done in time. */
export const MAX_PORTS = 8;
export const MAX_NAMES = 2;

const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const NAME = `${LABEL}([.]${LABEL}){1,8}`;

/**
 * Patterns are checked twice, by Java when the command is sent and by Go's RE2 on the instance, so they use what both have. None
 * lets through a quote, a space at an end, a hyphen at the beginning or a line end.
 */
export const TARGET_PATTERN = '^(([0-9]{1,3}[.]){3}[0-9]{1,3}|[0-9A-Fa-f:]{2,39})$';
export const COUNT_PATTERN = '^([1-9]|1[0-9]|20)$';
export const PING_PATTERN = '^(yes|no)$';
export const PORTS_PATTERN = `^(none|${PORT}( ${PORT}){0,${MAX_PORTS - 1}})$`;
/** From the least that IPv6 has to carry to the most that an interface in AWS sends. */
export const SIZES_PATTERN = '^(none|[1-9][0-9]{3}( [1-9][0-9]{3}){0,1})$';
export const NAMES_PATTERN = `^(none|${NAME}( ${NAME}){0,${MAX_NAMES - 1}})$`;

/** Seconds. Nothing in it takes as long. */
const STEP_TIMEOUT = '60';

function linuxStep(name: string, runCommand: readonly string[]) {
  return {
    action: 'aws:runShellScript',
    name,
    precondition: { StringEquals: ['platformType', 'Linux'] },
    inputs: { timeoutSeconds: STEP_TIMEOUT, runCommand },
  };
}

function windowsStep(name: string, runCommand: readonly string[]) {
  return {
    action: 'aws:runPowerShellScript',
    name,
    precondition: { StringEquals: ['platformType', 'Windows'] },
    inputs: { timeoutSeconds: STEP_TIMEOUT, runCommand },
  };
}

export const PING_DOCUMENT_CONTENT = {
  schemaVersion: '2.2',
  description: 'Asks about an address, for the connectivity check of vpc-peering-autopilot',
  parameters: {
    target: {
      type: 'String',
      description: 'IPv4 or IPv6 address to ask about',
      allowedPattern: TARGET_PATTERN,
    },
    count: {
      type: 'String',
      description: 'Number of pings',
      default: '5',
      allowedPattern: COUNT_PATTERN,
    },
    ping: {
      type: 'String',
      description: 'no: the target lets no pings in',
      default: 'yes',
      allowedPattern: PING_PATTERN,
    },
    ports: {
      type: 'String',
      description: `TCP ports to connect to, at most ${MAX_PORTS}, or ${NOTHING}`,
      default: NOTHING,
      allowedPattern: PORTS_PATTERN,
    },
    sizes: {
      type: 'String',
      description: `Sizes of packets to try without fragments, the largest first, or ${NOTHING}`,
      default: NOTHING,
      allowedPattern: SIZES_PATTERN,
    },
    names: {
      type: 'String',
      description: `DNS names to resolve, at most ${MAX_NAMES}, or ${NOTHING}`,
      default: NOTHING,
      allowedPattern: NAMES_PATTERN,
    },
  },
  mainSteps: [
    linuxStep('pingOnLinux', PING_ON_LINUX),
    linuxStep('probeOnLinux', PROBE_ON_LINUX),
    windowsStep('pingOnWindows', PING_ON_WINDOWS),
    windowsStep('probeOnWindows', PROBE_ON_WINDOWS),
  ],
} as const;
