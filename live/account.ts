import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { namingCall } from '../lib/aws/call-error.ts';
import { type ClientClass, createClient } from '../lib/aws/clients.ts';
import { partitionOf } from '../lib/policy/regions.ts';

/** An account in one Region, and its clients. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** How the AWS CLI is told: ` --region us-east-1 --profile peer`. */
  readonly cliOptions: string;
  of<Client>(Class: ClientClass<Client>): Client;
  /** The same account elsewhere. */
  in(region: string): Place;
}

/** Whose credentials: the usual ones, or those of a profile. */
export interface Caller {
  readonly profile?: string;
}

const silent = () => undefined;

/** The SDK warns of a profile beside credentials of the environment, in words that are not about this one. */
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** The SDK finds a profile's credentials when a client is told its name; other clients then share them. */
function credentialsOf({ profile }: Caller, region: string) {
  if (profile === undefined) {
    return {};
  }
  const { config } = new STSClient({ profile, region, logger: SILENT });
  return { credentials: () => config.credentials() };
}

function placeIn(accountId: string, region: string, caller: Caller): Place {
  const credentials = credentialsOf(caller, region);
  const clients = new Map<unknown, unknown>();
  return {
    accountId,
    region,
    partition: partitionOf(region),
    cliOptions: ` --region ${region}${caller.profile === undefined ? '' : ` --profile ${caller.profile}`}`,
    of<Client>(Class: ClientClass<Client>) {
      // What is kept under a class was made by it.
      const client =
        (clients.get(Class) as Client | undefined) ??
        createClient(Class, { region, useQueueUrlAsEndpoint: false, ...credentials });
      clients.set(Class, client);
      return client;
    },
    in: (other) => placeIn(accountId, other, caller),
  };
}

/** @throws AWS errors: without credentials, or in a Region where they are not valid. */
export async function openPlace(region: string, caller: Caller): Promise<Place & { readonly arn: string }> {
  const sts = createClient(STSClient, { region, ...credentialsOf(caller, region) });
  const { Account, Arn = '' } = await namingCall('GetCallerIdentity', region, 'the caller', () =>
    sts.send(new GetCallerIdentityCommand({})),
  );
  if (Account === undefined) {
    throw new Error('STS answered without an account.');
  }
  return { ...placeIn(Account, region, caller), arn: Arn };
}

export interface RegionChoice {
  readonly region: string;
  readonly optIn: 'opted-in' | 'not required';
}

/** Regions of its partition that the account has enabled, by name. @throws AWS errors */
export async function enabledRegions(place: Place): Promise<readonly RegionChoice[]> {
  const { Regions = [] } = await namingCall('DescribeRegions', place.region, 'the Regions', () =>
    place.of(EC2Client).send(new DescribeRegionsCommand({})),
  );
  return Regions.flatMap(({ RegionName, OptInStatus }): RegionChoice[] =>
    RegionName === undefined || partitionOf(RegionName) !== place.partition
      ? []
      : [{ region: RegionName, optIn: OptInStatus === 'opted-in' ? 'opted-in' : 'not required' }],
  ).sort((a, b) => (a.region < b.region ? -1 : 1));
}
