import { z } from 'zod';
import type { Host } from '../network/types.ts';
import { readInput } from './input.ts';
import { PAGE_FIELDS, paged } from './paging.ts';
import { SsmError } from './ssm-error.ts';

/** `DescribeInstanceInformation`: which instances an agent speaks for. */

const inputSchema = z.object({
  Filters: z.array(z.object({ Key: z.string(), Values: z.array(z.string()) })).default([]),
  InstanceInformationFilterList: z
    .array(z.object({ key: z.string(), valueSet: z.array(z.string()) }))
    .default([]),
  ...PAGE_FIELDS,
});

/** On an instance: `offline` disconnects its agent. */
const AGENT_TAG = 'lab:ssm';

export function isOnline(host: Host, isOffline: (instanceId: string) => boolean): boolean {
  return host.state === 'running' && host.tags[AGENT_TAG] !== 'offline' && !isOffline(host.instanceId);
}

interface Known {
  readonly host: Host;
  readonly pingStatus: 'Online' | 'ConnectionLost';
}

const AGENT_VERSION = '3.3.2299.0';

function matches({ host, pingStatus }: Known, key: string, values: readonly string[]): boolean {
  if (key.startsWith('tag:')) {
    return values.includes(host.tags[key.slice('tag:'.length)] ?? '');
  }
  switch (key) {
    case 'InstanceIds':
      return values.includes(host.instanceId);
    case 'PingStatus':
      return values.includes(pingStatus);
    case 'PlatformTypes':
      return values.includes(host.platform);
    case 'AgentVersion':
      return values.includes(AGENT_VERSION);
    case 'ResourceType':
      return values.includes('EC2Instance');
    case 'tag-key':
      return values.some((name) => Object.hasOwn(host.tags, name));
    case 'ActivationIds':
    case 'IamRole':
    case 'AssociationStatus':
      return false;
    default:
      throw new SsmError('InvalidInstanceInformationFilterValue', `Filter key ${key} is not known.`);
  }
}

const PLATFORM = {
  Linux: { PlatformName: 'Amazon Linux', PlatformVersion: '2023' },
  Windows: { PlatformName: 'Microsoft Windows Server 2022 Datacenter', PlatformVersion: '10.0.20348' },
} as const;

function shown({ host, pingStatus }: Known, now: Date): Record<string, unknown> {
  return {
    InstanceId: host.instanceId,
    PingStatus: pingStatus,
    LastPingDateTime: now.getTime() / 1000,
    AgentVersion: AGENT_VERSION,
    IsLatestVersion: true,
    PlatformType: host.platform,
    ...PLATFORM[host.platform],
    ResourceType: 'EC2Instance',
    IPAddress: host.interfaces[0]?.addresses[0] ?? '',
    ComputerName: host.tags.Name ?? host.instanceId,
    SourceId: host.instanceId,
    SourceType: 'AWS::EC2::Instance',
  };
}

/** @throws SsmError for filters and pages that SSM refuses. */
export function describeInstanceInformation(
  input: unknown,
  hosts: readonly Host[],
  options: { readonly isOffline: (instanceId: string) => boolean; readonly now: Date },
): Record<string, unknown> {
  const { Filters, InstanceInformationFilterList, ...page } = readInput(inputSchema, input);
  const filters = [
    ...Filters,
    ...InstanceInformationFilterList.map(({ key, valueSet }) => ({ Key: key, Values: valueSet })),
  ];
  const known = hosts
    .filter(({ state }) => state !== 'terminated' && state !== 'shutting-down')
    .map(
      (host): Known => ({
        host,
        pingStatus: isOnline(host, options.isOffline) ? 'Online' : 'ConnectionLost',
      }),
    )
    .filter((each) => filters.every(({ Key, Values }) => matches(each, Key, Values)));
  const { items, next } = paged(known, page, { least: 5, most: 50 });
  return { InstanceInformationList: items.map((each) => shown(each, options.now)), ...next };
}
