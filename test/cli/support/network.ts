import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Networks as `aws ec2 describe-…` answers, written as snapshots. */

export const OWN = '111111111111';
export const STRANGER = '333333333333';

export type Answers = Record<string, unknown[]>;

function tags(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
}

/** `vpc-00000000000000001`. */
export function id(prefix: string, number: number): string {
  return `${prefix}-${number.toString(16).padStart(17, '0')}`;
}

export function vpc(number: number, name: string, more: Readonly<Record<string, string>> = {}) {
  const CidrBlock = `10.${number}.0.0/16`;
  return {
    VpcId: id('vpc', number),
    OwnerId: OWN,
    CidrBlock,
    CidrBlockAssociationSet: [{ CidrBlock, CidrBlockState: { State: 'associated' } }],
    Tags: tags({ Name: name, ...more }),
  };
}

export interface SideOf {
  readonly number: number;
  readonly account?: string;
  readonly region?: string;
}

function side({ number, account = OWN, region = 'us-east-1' }: SideOf, shows: 'cidrs' | 'nothing') {
  const CidrBlock = `10.${number}.0.0/16`;
  return {
    VpcId: id('vpc', number),
    OwnerId: account,
    Region: region,
    ...(shows === 'cidrs' ? { CidrBlock, CidrBlockSet: [{ CidrBlock }] } : {}),
  };
}

/** The same peering, asked by another VPC that has the same addresses. */
export function askedByTwin(of: ReturnType<typeof peering>, vpcNumber: number) {
  return { ...of, RequesterVpcInfo: { ...of.RequesterVpcInfo, VpcId: id('vpc', vpcNumber) } };
}

export function peering(
  number: number,
  requester: SideOf,
  accepter: SideOf,
  code = 'active',
  tagged: Readonly<Record<string, string>> = {},
) {
  return {
    VpcPeeringConnectionId: id('pcx', number),
    Status: { Code: code, Message: code },
    RequesterVpcInfo: side(requester, 'cidrs'),
    AccepterVpcInfo: side(accepter, code === 'active' ? 'cidrs' : 'nothing'),
    Tags: tags(tagged),
    ...(code === 'pending-acceptance' ? { ExpirationTime: '2026-12-01T00:00:00.000Z' } : {}),
  };
}

export function table(
  number: number,
  vpcNumber: number,
  routes: readonly (readonly [destination: string, peeringNumber: number, state?: string])[],
  optIn: string | null = '*',
  subnet: number | undefined = undefined,
) {
  return {
    RouteTableId: id('rtb', number),
    VpcId: id('vpc', vpcNumber),
    OwnerId: OWN,
    Associations: [subnet === undefined ? { Main: true } : { Main: false, SubnetId: id('subnet', subnet) }],
    Routes: [
      {
        DestinationCidrBlock: `10.${vpcNumber}.0.0/16`,
        GatewayId: 'local',
        State: 'active',
        Origin: 'CreateRouteTable',
      },
      ...routes.map(([DestinationCidrBlock, peeringNumber, State = 'active']) => ({
        DestinationCidrBlock,
        VpcPeeringConnectionId: id('pcx', peeringNumber),
        State,
        Origin: 'CreateRoute',
      })),
    ],
    Tags: optIn === null ? [] : tags({ 'peering-autopilot:routes': optIn }),
  };
}

const OPEN = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];

function acl(number: number) {
  const entry = (Egress: boolean) => ({
    RuleNumber: 100,
    Egress,
    RuleAction: 'allow',
    Protocol: '-1',
    CidrBlock: '0.0.0.0/0',
  });
  return {
    NetworkAclId: id('acl', number),
    VpcId: id('vpc', number),
    Associations: [{ SubnetId: id('subnet', number) }],
    Entries: [entry(false), entry(true)],
  };
}

/** One subnet, group, ACL and instance in a VPC. */
export function inside(numbers: readonly number[]): Answers {
  return {
    Subnets: numbers.map((number) => ({
      SubnetId: id('subnet', number),
      VpcId: id('vpc', number),
      CidrBlock: `10.${number}.1.0/24`,
      AvailabilityZoneId: 'use1-az1',
    })),
    SecurityGroups: numbers.map((number) => ({
      GroupId: id('sg', number),
      VpcId: id('vpc', number),
      IpPermissions: OPEN,
      IpPermissionsEgress: OPEN,
    })),
    NetworkAcls: numbers.map(acl),
    NetworkInterfaces: numbers.map((number) => ({
      NetworkInterfaceId: id('eni', number),
      VpcId: id('vpc', number),
      SubnetId: id('subnet', number),
      PrivateIpAddress: `10.${number}.1.10`,
      PrivateIpAddresses: [{ PrivateIpAddress: `10.${number}.1.10`, Primary: true }],
      Groups: [{ GroupId: id('sg', number) }],
      Attachment: { InstanceId: id('i', number), DeviceIndex: 0 },
    })),
    Reservations: numbers.map((number) => ({
      OwnerId: OWN,
      Instances: [
        {
          InstanceId: id('i', number),
          VpcId: id('vpc', number),
          SubnetId: id('subnet', number),
          State: { Name: 'running' },
          PrivateIpAddress: `10.${number}.1.10`,
          NetworkInterfaces: [
            {
              NetworkInterfaceId: id('eni', number),
              Attachment: { DeviceIndex: 0 },
              PrivateIpAddresses: [{ PrivateIpAddress: `10.${number}.1.10`, Primary: true }],
            },
          ],
          SecurityGroups: [{ GroupId: id('sg', number) }],
        },
      ],
    })),
  };
}

export function writeAnswers(directory: string, answers: Answers): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, items] of Object.entries(answers)) {
    writeFileSync(join(directory, `${name}.json`), JSON.stringify({ [name]: items }, undefined, 2));
  }
}

const SYNCED = { 'peering-autopilot:routes-synced-at': '2026-01-31T12:00:00.000Z' };

/** A name that would end a line, colour a terminal and run a script, if it were written as it is. */
const NASTY = 'VPC-C \u001b[31mred\n<script>alert(1)</script> "quoted" \u202e';

/**
 * Two Regions. 1-2: active, one route lost. 2-3: requested, ours to accept. 4 (stranger) asks 1. 1-5: active, in
 * eu-west-1, never routed.
 */
export function writeNetwork(directory: string): void {
  const abroad = { number: 5, region: 'eu-west-1' };
  writeAnswers(join(directory, 'us-east-1'), {
    VpcPeeringConnections: [
      peering(1, { number: 1 }, { number: 2 }, 'active', SYNCED),
      peering(2, { number: 2 }, { number: 3 }, 'pending-acceptance'),
      peering(3, { number: 4, account: STRANGER }, { number: 1 }, 'pending-acceptance'),
      peering(4, { number: 1 }, abroad),
    ],
    RouteTables: [
      table(1, 1, [['10.2.0.0/16', 1]], '*', 1),
      table(2, 2, [], '*', 2),
      table(3, 3, [], '*', 3),
      table(11, 1, [], null),
    ],
    Vpcs: [vpc(1, 'VPC-A'), vpc(2, 'VPC-B'), vpc(3, NASTY)],
    ...inside([1, 2, 3]),
  });
  writeAnswers(join(directory, 'eu-west-1'), {
    VpcPeeringConnections: [peering(4, { number: 1 }, abroad)],
    RouteTables: [table(5, 5, [], '*', 5)],
    Vpcs: [vpc(5, 'VPC-E')],
    ...inside([5]),
  });
}

export const POLICY = `version: 1
regions: [us-east-1, eu-west-1]
rules:
  - name: own-vpcs
    effect: accept
    remote: { accounts: [self] }
`;

/** A hub in the middle of `count - 1` others, spread over accounts and Regions; some pending, some drifted. */
export function writeHub(directory: string, count: number): void {
  const numbers = Array.from({ length: count - 1 }, (_, index) => index + 2);
  const sideOf = (number: number): SideOf =>
    number % 5 === 0 ? { number, account: '222222222222' } : { number };
  writeAnswers(join(directory, 'us-east-1'), {
    VpcPeeringConnections: numbers.map((number) =>
      peering(
        number,
        { number: 1 },
        sideOf(number),
        number % 7 === 0 ? 'pending-acceptance' : 'active',
        number % 11 === 0 ? SYNCED : {},
      ),
    ),
    RouteTables: [1, ...numbers.filter((number) => number % 5 !== 0)].map((number) =>
      table(
        number,
        number,
        number === 1
          ? numbers
              .filter((each) => each % 7 !== 0 && each % 11 !== 0)
              .map((each) => [`10.${each}.0.0/16`, each] as const)
          : number % 7 === 0
            ? []
            : [['10.1.0.0/16', number]],
      ),
    ),
    Vpcs: [1, ...numbers.filter((number) => number % 5 !== 0)].map((number) =>
      vpc(number, `team-${number}-production`),
    ),
  });
}
