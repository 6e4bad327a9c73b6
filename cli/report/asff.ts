import { CHECKS, type ComplianceCheckId, type ComplianceResult } from '../../lib/assessment/compliance.ts';
import type { Peering, PeeringSide } from '../../lib/model/peering.ts';
import { printable } from '../../lib/model/printable.ts';
import { partitionOf } from '../../lib/policy/regions.ts';
import type { Document } from '../documents.ts';

/**
 * Results of compliance checks in the AWS Security Finding Format, as BatchImportFindings of Security Hub takes them. The
 * lengths are those of its API reference; the product is the account's own, which needs no registration.
 */

export type AsffFinding = Document<'report'>['Findings'][number];

const PRODUCT = 'vpc-peering-autopilot';

const MAX_TITLE = 256;
const MAX_DESCRIPTION = 1024;
const MAX_REMEDY = 512;
const MAX_REASON = 2048;
const MAX_REASONS = 20;
const MAX_FIELD = 2048;
/** Of one finding, the peering itself included. */
const MAX_RESOURCES = 32;

/** From the documentation of ASFF, "Types taxonomy for ASFF". */
const TYPES: Readonly<Record<ComplianceCheckId, string>> = {
  'cis-least-access':
    'Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark',
  'prowler-least-privilege':
    'Software and Configuration Checks/AWS Security Best Practices/Network Reachability',
  'config-dns-resolution': 'Software and Configuration Checks/AWS Security Best Practices',
};

const FAILED_SEVERITY: Readonly<Record<ComplianceCheckId, 'LOW' | 'MEDIUM'>> = {
  'cis-least-access': 'MEDIUM',
  'prowler-least-privilege': 'MEDIUM',
  'config-dns-resolution': 'LOW',
};

const REASON_CODES: Readonly<Record<ComplianceResult['status'], string>> = {
  PASSED: 'LOOKED_AT',
  FAILED: 'NOT_COMPLIANT',
  NOT_AVAILABLE: 'NOT_VISIBLE',
};

/** Where nothing at all could be read. */
export interface UnreadPlace {
  readonly accountId: string;
  readonly region: string;
  readonly reason: string;
}

/** What of it is not visible is left out: no field may be empty. */
function vpcInfo({ accountId, region, vpcId, cidrs, dnsResolution }: PeeringSide) {
  const ipv4 = cidrs.filter((cidr) => !cidr.includes(':'));
  const ipv6 = cidrs.filter((cidr) => cidr.includes(':'));
  return {
    OwnerId: accountId,
    Region: region,
    VpcId: vpcId,
    ...(ipv4[0] === undefined
      ? {}
      : { CidrBlock: ipv4[0], CidrBlockSet: ipv4.map((CidrBlock) => ({ CidrBlock })) }),
    ...(ipv6.length === 0 ? {} : { Ipv6CidrBlockSet: ipv6.map((Ipv6CidrBlock) => ({ Ipv6CidrBlock })) }),
    ...(dnsResolution === undefined
      ? {}
      : { PeeringOptions: { AllowDnsResolutionFromRemoteVpc: dnsResolution } }),
  };
}

type Resource = AsffFinding['Resources'][number];

function peeringResource(
  { peeringId, status, statusMessage, requester, accepter }: Peering,
  arnOf: (type: string, id: string) => string,
  place: Pick<Resource, 'Partition' | 'Region'>,
): Resource {
  return {
    Type: 'AwsEc2VpcPeeringConnection',
    Id: arnOf('vpc-peering-connection', peeringId),
    ...place,
    Details: {
      AwsEc2VpcPeeringConnection: {
        VpcPeeringConnectionId: peeringId,
        Status: { Code: status, Message: statusMessage === '' ? status : statusMessage },
        RequesterVpcInfo: vpcInfo(requester),
        AccepterVpcInfo: vpcInfo(accepter),
      },
    },
  };
}

/** What every finding says of itself, of its account and Region, and of the check. */
function commonOf(
  check: ComplianceCheckId,
  { accountId, region }: Pick<UnreadPlace, 'accountId' | 'region'>,
  status: ComplianceResult['status'],
  reasons: readonly string[],
  now: Date,
) {
  const { requirements, remedy, url } = CHECKS[check];
  return {
    SchemaVersion: '2018-10-08' as const,
    ProductArn: `arn:${partitionOf(region)}:securityhub:${region}:${accountId}:product/${accountId}/default`,
    ProductName: PRODUCT,
    GeneratorId: `${PRODUCT}/${check}`,
    AwsAccountId: accountId,
    Types: [TYPES[check]],
    CreatedAt: now.toISOString(),
    UpdatedAt: now.toISOString(),
    Severity: { Label: status === 'FAILED' ? FAILED_SEVERITY[check] : ('INFORMATIONAL' as const) },
    Description: printable(reasons.join(' '), MAX_DESCRIPTION),
    Remediation: { Recommendation: { Text: printable(remedy, MAX_REMEDY), Url: url } },
    Compliance: {
      Status: status,
      RelatedRequirements: [...requirements],
      StatusReasons: reasons.slice(0, MAX_REASONS).map((reason) => ({
        ReasonCode: REASON_CODES[status],
        Description: printable(reason, MAX_REASON),
      })),
    },
    RecordState: 'ACTIVE' as const,
  };
}

function findingOf(result: ComplianceResult, now: Date): AsffFinding {
  const { check, status, accountId, region, peering, side, tables, failing, reasons } = result;
  const place = { Partition: partitionOf(region), Region: region };
  const arnOf = (type: string, id: string) =>
    `arn:${place.Partition}:ec2:${region}:${accountId}:${type}/${id}`;
  const about = side === undefined ? peering.peeringId : `${peering.peeringId} from ${side.vpcId}`;
  const ordered = [...new Set([...failing, ...tables])];
  return {
    ...commonOf(check, result, status, reasons, now),
    Id: [
      PRODUCT,
      region,
      accountId,
      check,
      peering.peeringId,
      ...(side === undefined ? [] : [side.vpcId]),
    ].join('/'),
    Title: printable(`${CHECKS[check].title}: ${about}`, MAX_TITLE),
    Resources: [
      peeringResource(peering, arnOf, place),
      ...ordered
        .slice(0, MAX_RESOURCES - 1)
        .map((id): Resource => ({ Type: 'AwsEc2RouteTable', Id: arnOf('route-table', id), ...place })),
    ],
    ProductFields: {
      [`${PRODUCT}/Peering`]: peering.peeringId,
      ...(side === undefined ? {} : { [`${PRODUCT}/Side`]: side.vpcId }),
      [`${PRODUCT}/RouteTablesLookedAt`]:
        tables.length === 0 ? 'none' : printable(tables.join(' '), MAX_FIELD),
    },
  };
}

/** Of a place that was not read nothing is passed: each check says so. */
function unreadFindings({ accountId, region, reason }: UnreadPlace, now: Date): AsffFinding[] {
  return (Object.keys(CHECKS) as ComplianceCheckId[]).map((check) => ({
    ...commonOf(check, { accountId, region }, 'NOT_AVAILABLE', [reason], now),
    Id: [PRODUCT, region, accountId, check, 'not-read'].join('/'),
    Title: printable(`${CHECKS[check].title}: account ${accountId} in ${region} was not read`, MAX_TITLE),
    Resources: [
      {
        Type: 'AwsAccount',
        Id: `AWS::::Account:${accountId}`,
        Partition: partitionOf(region),
        Region: region,
      },
    ],
    ProductFields: { [`${PRODUCT}/RouteTablesLookedAt`]: 'none' },
  }));
}

/** One finding for each result, in their order, and those of what was not read. */
export function asffFindings(
  results: readonly ComplianceResult[],
  unread: readonly UnreadPlace[],
  now: Date,
): AsffFinding[] {
  return [
    ...results.map((result) => findingOf(result, now)),
    ...unread.flatMap((place) => unreadFindings(place, now)),
  ];
}
