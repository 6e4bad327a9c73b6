import { refusedOptionFinding } from '../assessment/dns.ts';
import { append } from '../model/append.ts';
import { type AwsErrorInfo, classifyAwsError, inAwsWords, isRetryable } from '../model/aws-error.ts';
import type { Finding } from '../model/finding.ts';
import type { Policy } from '../policy/schema.ts';
import type { Pace } from '../ports/pace.ts';
import type { WantedOption } from '../routing/options.ts';

export interface OptionWriter {
  /** One call, for one side of a peering or for both where the account owns both in the Region. */
  setDnsResolution(
    region: string,
    peeringId: string,
    sides: readonly WantedOption['side'][],
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

export interface SettingOptions {
  readonly writer: OptionWriter;
  readonly pace: Pick<Pace, 'take' | 'drain'>;
  readonly mode: Policy['mode'];
  /** Milliseconds since the epoch. What would be set later than that waits for the next look. */
  readonly deadline: number;
}

/** By peering and Region. */
function byCall(options: readonly WantedOption[]): (readonly [WantedOption, ...WantedOption[]])[] {
  const calls = new Map<string, [WantedOption, ...WantedOption[]]>();
  for (const option of options) {
    const key = `${option.region} ${option.peeringId}`;
    const others = calls.get(key);
    if (others === undefined) calls.set(key, [option]);
    else others.push(option);
  }
  return [...calls.values()];
}

function waiting(option: WantedOption, reason: string): OptionOutcome {
  return { option, result: 'waiting', reason };
}

function isForbidden({ code }: AwsErrorInfo): boolean {
  return code.toLowerCase() === 'invalidvpcpeeringconnectionstate.dnshostnamesdisabled';
}

/** What a failed call means for each side that it was about. */
function failed(option: WantedOption, info: AwsErrorInfo, error: unknown): OptionOutcome {
  const { kind, code, message } = info;
  const finding = isForbidden(info) ? refusedOptionFinding(option) : undefined;
  return {
    option,
    result: 'failed',
    reason: finding?.detail ?? message,
    retry: isRetryable({ kind }),
    ...(kind === 'denied' ? { refused: { code, awsMessage: inAwsWords(error) } } : {}),
    ...(finding === undefined ? {} : { finding }),
  };
}

/**
 * Sets the sides of one peering in one call, which EC2 takes where both are of one account and Region (EC2 API reference). What is
 * wrong with one side is not said of the other: then each is tried by itself.
 */
async function setTogether(
  options: readonly [WantedOption, ...WantedOption[]],
  setting: SettingOptions,
): Promise<OptionOutcome[]> {
  const { writer, pace, mode, deadline } = setting;
  const [{ region, peeringId }] = options;
  const call = 'ModifyVpcPeeringConnectionOptions';
  if (mode === 'enforce' && (await pace.take(region, call, deadline)) === 'too-late') {
    return options.map((option) => waiting(option, 'Time ran out before its turn; the next sweep sets it.'));
  }
  try {
    const sides = options.map(({ side }) => side);
    const outcome = await writer.setDnsResolution(region, peeringId, sides, 'allowed');
    return options.map((option) => ({
      option,
      result: outcome === 'done' ? 'set' : 'observed',
      reason: `Rule ${option.rule} lets the other side of ${peeringId} resolve private DNS names of ${option.vpcId}.`,
    }));
  } catch (error) {
    const info = classifyAwsError(error);
    if (info.kind === 'throttled') {
      pace.drain(region, call);
    }
    if (options.length === 1 || isRetryable(info) || info.kind === 'denied' || isForbidden(info)) {
      return options.map((option) => failed(option, info, error));
    }
    const outcomes: OptionOutcome[] = [];
    for (const option of options) append(outcomes, await setTogether([option], setting));
    return outcomes;
  }
}

/**
 * Sets the options that can be set, as fast as EC2 takes the calls; one failing does not stop the others. Never throws for a
 * failed call.
 */
export async function setOptions(
  options: readonly WantedOption[],
  setting: SettingOptions,
): Promise<OptionOutcome[]> {
  const outcomes = new Map<WantedOption, OptionOutcome>();
  for (const together of byCall(options.filter(({ settable }) => settable))) {
    for (const outcome of await setTogether(together, setting)) {
      outcomes.set(outcome.option, outcome);
    }
  }
  return options.map(
    (option) => outcomes.get(option) ?? waiting(option, `${option.peeringId} is not active yet.`),
  );
}
