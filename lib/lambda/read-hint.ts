import { type Hint, PEER_VERDICTS } from '../model/hint.ts';
import { EVENT_SOURCE } from '../model/names.ts';
import { peerFaultIn } from '../model/peer-fault.ts';
import { printable } from '../model/printable.ts';

/**
 * Reads an event into a hint of where to look. An event is never believed: what a hint names is read again from
 * EC2 before anything is done, so a forged or stale event costs one look and changes nothing.
 */

/** Why an event is dropped without retry. */
export interface Dropped {
  readonly dropped: string;
}

export interface HintContext {
  readonly accountId: string;
  readonly managedRegions: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** EC2 ids are 8 or 17 hexadecimal digits behind their prefix; anything else is not passed on to an API or a log. */
function idIn(value: unknown, prefix: 'pcx' | 'vpc' | 'rtb' | 'subnet'): string | undefined {
  return typeof value === 'string' && new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(value)
    ? value
    : undefined;
}

function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 256 ? printable(value, 256) : undefined;
}

function actorOf(detail: Fields): string | undefined {
  const identity = fields(detail.userIdentity);
  return shortText(identity.arn) ?? shortText(identity.invokedBy) ?? shortText(identity.type);
}

function destinationOf(parameters: Fields): string | undefined {
  return (
    shortText(parameters.destinationCidrBlock) ??
    shortText(parameters.destinationIpv6CidrBlock) ??
    shortText(parameters.destinationPrefixListId)
  );
}

type Place = Hint | Dropped;

/** Some EC2 calls are recorded with their parameters one level down, as `{ModifyXRequest: {VpcPeeringConnectionId}}`. */
function requestParameters(detail: Fields): Fields {
  const flat = fields(detail.requestParameters);
  const nested = Object.entries(flat).find(
    ([name, value]) => name.endsWith('Request') && Object.keys(fields(value)).length > 0,
  );
  return nested === undefined
    ? flat
    : Object.fromEntries(
        Object.entries(fields(nested[1])).map(([name, value]) => [
          name.charAt(0).toLowerCase() + name.slice(1),
          value,
        ]),
      );
}

function fromCloudTrail(detail: Fields, region: string): Place {
  const cause = shortText(detail.eventName) ?? 'an unnamed API call';
  if (detail.errorCode !== undefined && detail.errorCode !== null) {
    return {
      dropped: `${cause} failed with ${shortText(detail.errorCode) ?? 'an unreadable code'}; it changed nothing`,
    };
  }
  const parameters = requestParameters(detail);
  const actor = actorOf(detail);
  const base = { region, cause, ...(actor === undefined ? {} : { actor }) };

  const created = fields(fields(detail.responseElements).vpcPeeringConnection);
  const peeringId =
    idIn(parameters.vpcPeeringConnectionId, 'pcx') ?? idIn(created.vpcPeeringConnectionId, 'pcx');
  const routeTableId = idIn(parameters.routeTableId, 'rtb');
  // CreateRoute names both: what it changed is the table.
  if (routeTableId !== undefined) {
    const destination = destinationOf(parameters);
    return {
      ...base,
      kind: 'route-table',
      routeTableId,
      ...(destination === undefined ? {} : { destination }),
    };
  }
  if (peeringId !== undefined) {
    return { ...base, kind: 'peering', peeringId };
  }
  const vpcId = idIn(parameters.vpcId, 'vpc');
  if (vpcId !== undefined) {
    return { ...base, kind: 'vpc', vpcId };
  }
  const subnetId = idIn(parameters.subnetId, 'subnet');
  // DisassociateSubnetCidrBlock names an association only.
  if (subnetId !== undefined || cause.endsWith('SubnetCidrBlock')) {
    return { ...base, kind: 'subnet', ...(subnetId === undefined ? {} : { subnetId }) };
  }
  // DisassociateVpcCidrBlock names an association only.
  if (cause === 'DisassociateVpcCidrBlock') {
    return { ...base, kind: 'region' };
  }
  return { dropped: `${cause} names no peering, VPC, subnet or route table` };
}

function fromTagChange(event: Fields, region: string): Place {
  const cause = 'Tag Change on Resource';
  const resources = Array.isArray(event.resources) ? event.resources : [];
  const arn: unknown = resources[0];
  const id = typeof arn === 'string' ? arn.slice(arn.lastIndexOf('/') + 1) : undefined;
  const routeTableId = idIn(id, 'rtb');
  if (routeTableId !== undefined) return { region, cause, kind: 'route-table', routeTableId };
  const vpcId = idIn(id, 'vpc');
  if (vpcId !== undefined) return { region, cause, kind: 'vpc', vpcId };
  const peeringId = idIn(id, 'pcx');
  if (peeringId !== undefined) return { region, cause, kind: 'peering', peeringId };
  const subnetId = idIn(id, 'subnet');
  if (subnetId !== undefined) return { region, cause, kind: 'subnet', subnetId };
  return { dropped: `${cause} names no route table, VPC, subnet or peering` };
}

function fromConfig(detail: Fields, region: string): Place {
  const item = fields(detail.configurationItem ?? detail.configurationItemSummary);
  const cause = 'Config Configuration Item Change';
  const peeringId = idIn(item.resourceId, 'pcx');
  if (peeringId !== undefined) return { region, cause, kind: 'peering', peeringId };
  const routeTableId = idIn(item.resourceId, 'rtb');
  if (routeTableId !== undefined) return { region, cause, kind: 'route-table', routeTableId };
  return { dropped: `${cause} names no peering or route table` };
}

/** No check sends pings for longer: its function has not as much time. Milliseconds. */
const LONGEST_CHECK = 15 * 60_000;

function timeIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(value)
    ? value
    : undefined;
}

function fromCheck(cause: string, { since: from, until: to, look }: Fields, region: string): Place {
  const [since, until] = [timeIn(from), timeIn(to)];
  const sent =
    since === undefined || until === undefined ? Number.NaN : Date.parse(until) - Date.parse(since);
  return since !== undefined &&
    until !== undefined &&
    sent >= 0 &&
    sent <= LONGEST_CHECK &&
    typeof look === 'number' &&
    Number.isInteger(look) &&
    look >= 1
    ? { region, cause, kind: 'pings', since, until, look }
    : { dropped: `${cause} does not say of which check` };
}

function fromOwnBus(event: Fields, detail: Fields): Place {
  const cause = shortText(event['detail-type']) ?? 'an unnamed event';
  const region = shortText(detail.region);
  if (region === undefined) return { dropped: `${cause} names no Region` };
  if (cause === 'Pings Sent') return fromCheck(cause, detail, region);
  const peeringId = idIn(detail.peeringId, 'pcx');
  if (peeringId !== undefined) return { region, cause, kind: 'peering', peeringId };
  const vpcId = idIn(detail.vpcId, 'vpc');
  if (vpcId !== undefined) return { region, cause, kind: 'vpc', vpcId };
  if (detail.peeringId !== undefined || detail.vpcId !== undefined) {
    return { dropped: `${cause} names an id that is none` };
  }
  return { region, cause, kind: 'region' };
}

/** What another account's stack may send. The bus takes events only of accounts that the policy trusts. */
const FROM_PEERS = ['Peering Requested', 'Routes Synced', 'Connectivity Verdict'] as const;

function fromPeerAccount(cause: (typeof FROM_PEERS)[number], event: Fields, peerAccountId: string): Place {
  const detail = fields(event.detail);
  const region = shortText(detail.region);
  const peeringId = idIn(detail.peeringId, 'pcx');
  if (region === undefined || peeringId === undefined) {
    return { dropped: `${cause} of account ${peerAccountId} names no Region or no peering` };
  }
  if (cause !== 'Connectivity Verdict') {
    return { region, cause, kind: 'peering', peeringId, peerAccountId };
  }
  const verdict = PEER_VERDICTS.find((each) => each === detail.verdict);
  if (verdict === undefined) {
    return { dropped: `${cause} of account ${peerAccountId} names no verdict` };
  }
  const fault = peerFaultIn(detail.fault);
  return {
    region,
    cause,
    kind: 'peer-verdict',
    peeringId,
    peerAccountId,
    verdict,
    ...(fault === undefined ? {} : { fault }),
  };
}

function placeOf(event: Fields, context: HintContext): Place {
  const detail = fields(event.detail);
  const source = shortText(event.source);
  if (event.account !== context.accountId) {
    const cause = FROM_PEERS.find((each) => each === event['detail-type']);
    if (
      source === EVENT_SOURCE &&
      cause !== undefined &&
      typeof event.account === 'string' &&
      /^\d{12}$/.test(event.account)
    ) {
      return fromPeerAccount(cause, event, event.account);
    }
    return {
      dropped: `it comes from account ${shortText(event.account) ?? 'unknown'}, not from ${context.accountId}`,
    };
  }
  if (source === EVENT_SOURCE) {
    return fromOwnBus(event, detail);
  }
  const region = shortText(event.region);
  if (region === undefined) return { dropped: 'it names no Region' };
  switch (source) {
    case 'aws.ec2':
      return fromCloudTrail(detail, region);
    case 'aws.tag':
      return fromTagChange(event, region);
    case 'aws.config':
      return fromConfig(detail, region);
    default:
      return { dropped: `its source ${source ?? '(none)'} is not one this function listens to` };
  }
}

/** Never throws: whatever the event is, the answer is a place to look or the reason why there is none. */
export function readHint(event: unknown, context: HintContext): Hint | Dropped {
  const place = placeOf(fields(event), context);
  if ('dropped' in place) {
    return place;
  }
  if (!context.managedRegions.includes(place.region)) {
    return { dropped: `${place.cause} is about ${place.region}, which is not a managed Region` };
  }
  return place;
}
