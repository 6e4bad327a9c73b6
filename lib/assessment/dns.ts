import type { Finding } from '../model/finding.ts';
import { freezeIn } from '../model/freeze.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { Policy } from '../policy/schema.ts';
import type { ViewDecision } from '../routing/management.ts';
import { type WantedOption, wantedOptions } from '../routing/options.ts';

/** What is remembered of the DNS resolution of one side: that it was set, or that EC2 refused to. */
export function dnsNoteKey({ peeringId, vpcId }: Pick<WantedOption, 'peeringId' | 'vpcId'>): string {
  return `dns ${peeringId} ${vpcId}`;
}

export const DNS_SET = 'set';
export const DNS_REFUSED = 'refused';

/** How long after a refusal it is tried again, in seconds: somebody may have turned the VPC's attributes on. */
const DNS_RETRY_SECONDS = 24 * 60 * 60;

/**
 * The peering options that can be set, and the findings about those that are off: drift where they were set before, and a
 * matter for a person where the attributes of a VPC forbid them.
 */
export function assessOptions(
  decisions: readonly ViewDecision[],
  policy: Policy,
  memory: RegionMemory,
  now: Date,
): { readonly options: WantedOption[]; readonly findings: Finding[] } {
  const options: WantedOption[] = [];
  const findings: Finding[] = [];
  const frozen = freezeIn(memory.notes, now) === undefined ? {} : ({ heldBy: 'frozen' } as const);
  for (const option of wantedOptions(decisions, policy)) {
    const note = memory.notes.get(dnsNoteKey(option));
    const refused = note?.value === DNS_REFUSED;
    if (!refused || now.getTime() / 1000 - note.at >= DNS_RETRY_SECONDS) {
      options.push({ ...option, ...frozen });
    }
    if (refused || (note?.value === DNS_SET && option.settable)) {
      const off = policy.mode === 'observe' ? ({ heldBy: 'observe' } as const) : frozen;
      findings.push({
        ...dnsFinding(option, refused ? 'refused' : 'off'),
        // Not by a change of a route: peering options are set in the same pass.
        ...(refused ? { repairable: false } : { repairable: true, ...off }),
      });
    }
  }
  return { options, findings };
}

function dnsFinding(
  { region, peeringId, vpcId, rule }: WantedOption,
  state: 'refused' | 'off',
): Omit<Finding, 'repairable'> {
  const asks = `Rule ${rule} lets the other VPC of ${peeringId} resolve the private DNS names of ${vpcId}`;
  return {
    kind: 'dns-resolution',
    region,
    peeringId,
    rule,
    detail:
      state === 'refused'
        ? `${asks}, but EC2 refuses that while DNS hostnames or DNS resolution are off in one of the two VPCs. Turn both on in both VPCs: aws ec2 modify-vpc-attribute --vpc-id ${vpcId} --region ${region} --enable-dns-hostnames (and --enable-dns-support). It is tried again once a day.`
        : `${asks}. That was on, and is off now.`,
  };
}
