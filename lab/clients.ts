import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { anyRegionOf, globalArnIn } from './arn.ts';
import type { Principals } from './principals.ts';
import { DEFAULT_ACCOUNT_ID, type Place } from './types.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** SDK clients that talk to moto directly, as administrator of a place; one per service and place. */
export interface MotoClients {
  cloudFormation(place: Place): CloudFormationClient;
  cloudWatch(place: Place): CloudWatchClient;
  events(place: Place): EventBridgeClient;
  lambda(place: Place): LambdaClient;
  s3(place: Place): S3Client;
  sns(place: Place): SNSClient;
  sqs(place: Place): SQSClient;
  /** Every account that the lab has worked in so far. */
  accounts(): string[];
  /** Credentials as `sts:AssumeRole` gives them; the gateway knows them from then on. */
  assumeRole(role: { readonly roleArn: string; readonly sessionName: string }): Promise<Credentials>;
  stop(): void;
}

interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
}

interface Client {
  destroy(): void;
}

const ROOT: Credentials = { accessKeyId: 'lab', secretAccessKey: 'lab' };

/** One client per place, made when first asked for. */
function perPlace<C extends Client>(make: (place: Place) => C, made: Client[]): (place: Place) => C {
  const clients = new Map<string, C>();
  return (place) => {
    const key = `${place.accountId}/${place.region}`;
    const known = clients.get(key);
    if (known !== undefined) {
      return known;
    }
    const client = make(place);
    clients.set(key, client);
    made.push(client);
    return client;
  };
}

export function createMotoClients(motoUrl: string, principals: Principals): MotoClients {
  const made: Client[] = [];
  const sts = perPlace(({ region }) => new STSClient({ endpoint: motoUrl, region, credentials: ROOT }), made);

  async function assumeRole(role: {
    readonly roleArn: string;
    readonly sessionName: string;
  }): Promise<Credentials> {
    const { Credentials: sessionCredentials } = await sts({
      accountId: DEFAULT_ACCOUNT_ID,
      region: anyRegionOf(role.roleArn),
    }).send(new AssumeRoleCommand({ RoleArn: role.roleArn, RoleSessionName: role.sessionName }));
    const {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    } = sessionCredentials ?? {};
    if (!accessKeyId || !secretAccessKey || !sessionToken) {
      throw new Error(`moto gave no credentials for ${role.roleArn}.`);
    }
    principals.remember({ accessKeyId, ...role });
    return { accessKeyId, secretAccessKey, sessionToken };
  }

  const administrators = new Map<string, Promise<Credentials>>();
  function administrator({ accountId, region }: Place): Promise<Credentials> {
    let credentials = administrators.get(accountId);
    if (credentials === undefined) {
      credentials =
        accountId === DEFAULT_ACCOUNT_ID
          ? Promise.resolve(ROOT)
          : assumeRole({
              roleArn: globalArnIn({ accountId, region }, 'iam', 'role/lab'),
              sessionName: 'lab',
            });
      administrators.set(accountId, credentials);
    }
    return credentials;
  }

  const config = (place: Place): ClientConfig => ({
    endpoint: motoUrl,
    region: place.region,
    credentials: () => administrator(place),
  });

  return {
    cloudFormation: perPlace((place) => new CloudFormationClient(config(place)), made),
    cloudWatch: perPlace((place) => new CloudWatchClient(config(place)), made),
    events: perPlace((place) => new EventBridgeClient(config(place)), made),
    lambda: perPlace((place) => new LambdaClient(config(place)), made),
    s3: perPlace((place) => new S3Client({ ...config(place), forcePathStyle: true }), made),
    sns: perPlace((place) => new SNSClient(config(place)), made),
    // moto's queue URLs may name AWS itself; the request has to go to moto all the same.
    sqs: perPlace((place) => new SQSClient({ ...config(place), useQueueUrlAsEndpoint: false }), made),
    accounts: () => [...administrators.keys()],
    assumeRole,
    stop() {
      for (const client of made) {
        client.destroy();
      }
    },
  };
}
