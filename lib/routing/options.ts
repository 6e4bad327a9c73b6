import { classifyAwsError } from '../aws/errors.ts';
import type { Policy } from '../policy/schema.ts';
import type { ViewDecision } from './plan.ts';
import type { Finding } from './types.ts';

/** A peering option of one of our sides that the policy wants on and EC2 shows as off. */
export interface WantedOption {
  readonly region: string;
  readonly peeringId: string;
  readonly vpcId: string;
  readonly rule: string;
  readonly side: 'requester' | 'accepter';
  /** EC2 refuses options before the peering is active. */
  readonly settable: boolean;
}

/**
 * The sides that should let the other VPC resolve their private DNS names and don't yet. A rule that does not ask for
 * it leaves the option as it is: somebody may have set it by hand.
 */
export function wantedOptions(decisions: readonly ViewDecision[], policy: Policy): WantedOption[] {
  const asking = new Set(policy.rules.filter(({ routes }) => routes.dnsResolution).map(({ name }) => name));
  return decisions.flatMap(({ view, decision }) => {
    const { peering, local, region, direction } = view;
    if (
      !decision.managed ||
      decision.rule === undefined ||
      !asking.has(decision.rule) ||
      local.dnsResolution === true
    ) {
      return [];
    }
    return [
      {
        region,
        peeringId: peering.peeringId,
        vpcId: local.vpcId,
        rule: decision.rule,
        side: direction === 'inbound' ? ('accepter' as const) : ('requester' as const),
        settable: peering.status === 'active',
      },
    ];
  });
}

export interface OptionWriter {
  setDnsResolution(
    region: string,
    peeringId: string,
    side: 'requester' | 'accepter',
    resolution: 'allowed' | 'refused',
  ): Promise<'done' | 'observed'>;
}

export interface OptionOutcome {
  readonly option: WantedOption;
  readonly result: 'set' | 'observed' | 'waiting' | 'failed';
  readonly reason: string;
  readonly retry?: boolean;
  /** Given when the VPC's DNS attributes forbid it: a person has to change those. */
  readonly finding?: Finding;
}

/** Sets the options that can be set; one failing does not stop the others. Never throws for a failed call. */
export async function setOptions(
  options: readonly WantedOption[],
  writer: OptionWriter,
): Promise<OptionOutcome[]> {
  const outcomes: OptionOutcome[] = [];
  for (const option of options) {
    const { region, peeringId, side, vpcId, rule } = option;
    if (!option.settable) {
      outcomes.push({ option, result: 'waiting', reason: `${peeringId} is not active yet.` });
      continue;
    }
    try {
      const outcome = await writer.setDnsResolution(region, peeringId, side, 'allowed');
      outcomes.push({
        option,
        result: outcome === 'done' ? 'set' : 'observed',
        reason: `Rule ${rule} lets the other side of ${peeringId} resolve private DNS names of ${vpcId}.`,
      });
    } catch (error) {
      const { kind, code, message } = classifyAwsError(error);
      const forbidden = code.toLowerCase() === 'invalidvpcpeeringconnectionstate.dnshostnamesdisabled';
      const detail = forbidden
        ? `Rule ${rule} asks for DNS resolution over ${peeringId}, but DNS hostnames or DNS resolution are off in one of its VPCs. Turn both on in both VPCs (aws ec2 modify-vpc-attribute --enable-dns-hostnames, --enable-dns-support).`
        : message;
      outcomes.push({
        option,
        result: 'failed',
        reason: detail,
        retry: kind === 'throttled' || kind === 'transient',
        ...(forbidden
          ? { finding: { kind: 'dns-resolution', region, peeringId, rule, detail, repairable: false } }
          : {}),
      });
    }
  }
  return outcomes;
}
