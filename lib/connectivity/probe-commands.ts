import { type Asked, PING_ONLY } from '../model/probe-kinds.ts';
import { MAX_PORTS } from './ping-document.ts';
import type { PriceClass, Probe } from './probes.ts';

/** SendCommand takes at most 50 instance ids, and a comment of at most 100 characters (Systems Manager API reference). */
const MAX_INSTANCES = 50;
const MAX_COMMENT = 100;

/** One SendCommand. */
export interface ProbeCommand {
  readonly region: string;
  readonly peeringId: string;
  readonly target: string;
  /** At most 50, each once. */
  readonly instanceIds: readonly string[];
  /** `readCommandComment` gets back what it is about. */
  readonly comment: string;
  readonly asked: Asked;
}

/** What a command is about. Which sizes and names were asked is seen in its output. */
export interface CommandAbout {
  readonly peeringId: string;
  readonly target: string;
  readonly priceClass: PriceClass;
  readonly asks: {
    readonly ping: boolean;
    readonly mtu: boolean;
    readonly name: boolean;
    readonly ports: readonly number[];
  };
}

/** Names the command among those about the same peering and target, whatever else is asked besides its ports. */
export function partOf({ priceClass, asks }: Pick<CommandAbout, 'priceClass' | 'asks'>): string {
  return asks.ports.length === 0 ? priceClass : `${priceClass}:${asks.ports.join(',')}`;
}

/** Nothing for a ping alone; else letters for ping, mtu and name, and the ports: `pmn5432,443`. */
function askedText({ ping, sizes, names, ports }: Asked): string {
  const letters = [ping ? 'p' : '', sizes.length > 0 ? 'm' : '', names.length > 0 ? 'n' : ''].join('');
  const text = `${letters}${ports.join(',')}`;
  return text === 'p' ? '' : ` ${text}`;
}

function commentOf({ peeringId, target, priceClass }: Probe, asked: Asked): string {
  return `${peeringId} ${target} ${priceClass}${askedText(asked)}`;
}

/** Letters that another probe of the same command may add. */
const ALL_LETTERS = 'pmn';

/** As many ports as one command takes, and the others in further ones, which ask for nothing else. */
function sharesOf(probe: Probe): Asked[] {
  const room = MAX_COMMENT - commentOf(probe, { ...PING_ONLY, ping: false }).length - ALL_LETTERS.length;
  const shares: Asked[] = [];
  let share: Asked = { ...probe.asked, ports: [] };
  for (const port of probe.asked.ports) {
    const ports = [...share.ports, port];
    if (ports.length <= MAX_PORTS && ports.join(',').length <= room) {
      share = { ...share, ports };
    } else {
      shares.push(share);
      share = { ...PING_ONLY, ping: false, ports: [port] };
    }
  }
  return [...shares, share];
}

/** What either asks. Both are about the same target, so they differ only in what is asked once for a peering. */
function bothAsked(one: Asked, other: Asked): Asked {
  return {
    ping: one.ping || other.ping,
    sizes: one.sizes.length > 0 ? one.sizes : other.sizes,
    names: one.names.length > 0 ? one.names : other.names,
    ports: one.ports,
  };
}

interface Group {
  readonly probe: Probe;
  readonly asked: Asked;
  readonly instanceIds: Set<string>;
}

function commandsOf({ probe, asked, instanceIds }: Group): ProbeCommand[] {
  const ids = [...instanceIds].sort();
  const { region, peeringId, target } = probe;
  const comment = commentOf(probe, asked);
  return Array.from({ length: Math.ceil(ids.length / MAX_INSTANCES) }, (_, index) => ({
    region,
    peeringId,
    target,
    instanceIds: ids.slice(index * MAX_INSTANCES, (index + 1) * MAX_INSTANCES),
    comment,
    asked,
  }));
}

/**
 * Probes with the same peering, target, price class and ports go in one command, as far as 50 instances; in order of the probes'
 * keys. All kinds of questions go together, because each command is an invocation of the function that records it.
 */
export function groupCommands(probes: readonly Probe[]): ProbeCommand[] {
  const groups = new Map<string, Group>();
  for (const probe of probes) {
    for (const [index, asked] of sharesOf(probe).entries()) {
      const { region, peeringId, target, priceClass } = probe;
      const key = `${region} ${peeringId} ${target} ${priceClass} ${index} ${asked.ports.join(',')}`;
      const group = groups.get(key);
      groups.set(key, {
        probe,
        asked: group === undefined ? asked : bothAsked(group.asked, asked),
        instanceIds: new Set([...(group?.instanceIds ?? []), probe.sourceInstanceId]),
      });
    }
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => commandsOf(group));
}

const COMMENT =
  /^(pcx-[0-9a-f]{8,17}) ([0-9a-f.:]{2,45}) (same-zone|other-zone|other-region|unknown)(?: (?=[pmn1-9])(p?m?n?)((?:[1-9][0-9]{0,4}(?:,(?=[1-9])|$))*))?$/;

/** What a command is about, from its comment; undefined when it is none of ours. */
export function readCommandComment(comment: string): CommandAbout | undefined {
  const [, peeringId, target, priceClass, letters = 'p', ports = ''] = COMMENT.exec(comment) ?? [];
  return peeringId === undefined || target === undefined || priceClass === undefined
    ? undefined
    : {
        peeringId,
        target,
        priceClass: priceClass as PriceClass,
        asks: {
          ping: letters.includes('p'),
          mtu: letters.includes('m'),
          name: letters.includes('n'),
          ports: ports === '' ? [] : ports.split(',').map(Number),
        },
      };
}
