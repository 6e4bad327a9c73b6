import type { Finding } from '../model/finding.ts';
import { freezeIn } from '../model/freeze.ts';
import type { RegionMemory } from '../model/memory.ts';
import { shellWord } from '../model/shell-word.ts';
import type { Policy } from '../policy/schema.ts';
import type { ViewDecision } from '../routing/management.ts';
import { type WantedOption, wantedOptions } from '../routing/options.ts';

/** What is remembered of the DNS resolution of one side: that it was set, or that EC2 refused to. */
export function dnsNoteKey({ peeringId, vpcId }: Pick<WantedOption, 'peeringId' | 'vpcId'>): string {
  return `dns ${peeringId} ${vpcId}`;
}

export const DNS_SET = 'set';
export const DNS_REFUSED = 'refused';

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
    options.push({ ...option, ...frozen, ...(refused ? { refusedBefore: true } : {}) });
    if (refused || (note?.value === DNS_SET && option.settable)) {
      const off = policy.mode === 'observe' ? ({ heldBy: 'observe' } as const) : frozen;
      findings.push(
        refused
          ? refusedOptionFinding(option)
          : // No change of a route mends it: an option of its peering is set in the same pass.
            { ...dnsFinding(option, '. That was on, and is off now.'), repairable: true, ...off },
      );
    }
  }
  return { options, findings };
}

function dnsFinding(
  { region, peeringId, vpcId, rule }: WantedOption,
  says: string,
): Omit<Finding, 'repairable'> {
  return {
    kind: 'dns-resolution',
    region,
    peeringId,
    rule,
    detail: `Rule ${rule} lets the other VPC of ${peeringId} resolve the private DNS names of ${vpcId}${says}`,
  };
}

/** One attribute a call, and hostnames only where support is on (API reference, ModifyVpcAttribute). */
function refusedText({ region, vpcId, other }: WantedOption): string {
  const call = `aws ec2 modify-vpc-attribute --region ${shellWord(region)} --vpc-id ${shellWord(vpcId)}`;
  return (
    ', but EC2 refuses that while DNS support or DNS hostnames are off in one of the two VPCs. ' +
    `Turn on both in both, support first: ${call} --enable-dns-support; ${call} --enable-dns-hostnames; ` +
    `and the same two for ${other.vpcId} in ${other.region} (account ${other.accountId}). It is tried again with each sweep.`
  );
}

/** That the attributes of a VPC forbid an option, as EC2 said just now. */
export function refusedOptionFinding(option: WantedOption): Finding {
  return { ...dnsFinding(option, refusedText(option)), repairable: false };
}
