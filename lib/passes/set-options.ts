import { classifyAwsError, inAwsWords, isRetryable } from '../model/aws-error.ts';
import type { Finding } from '../model/finding.ts';
import type { WantedOption } from '../routing/options.ts';

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
  /** Given when somebody's policy forbids the call, which then fails until a person does something about it. */
  readonly refused?: { readonly code: string; readonly awsMessage: string };
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
        retry: isRetryable({ kind }),
        ...(kind === 'denied' ? { refused: { code, awsMessage: inAwsWords(error) } } : {}),
        ...(forbidden
          ? { finding: { kind: 'dns-resolution', region, peeringId, rule, detail, repairable: false } }
          : {}),
      });
    }
  }
  return outcomes;
}
