import { denialIn } from './denial.ts';

/**
 * What a failed AWS call means for the caller.
 *
 * `throttled` and `transient`: the same call can succeed later. `not-found`: the resource is gone, or too new to be
 * seen everywhere. `conflict`: something is there already, or in a state that does not allow the call. `limit`: a
 * quota is used up. `denied`: the caller lacks a permission. `invalid`: the call itself is wrong.
 */
export type AwsErrorKind =
  | 'throttled'
  | 'transient'
  | 'not-found'
  | 'denied'
  | 'conflict'
  | 'limit'
  | 'invalid'
  | 'unknown';

export interface AwsErrorInfo {
  readonly kind: AwsErrorKind;
  /** As AWS gave it; `Unknown` when the error carries none. */
  readonly code: string;
  readonly message: string;
}

/** Whether the same call can succeed later, so that it is worth another round. */
export function isRetryable({ kind }: Pick<AwsErrorInfo, 'kind'>): boolean {
  return kind === 'throttled' || kind === 'transient';
}

/**
 * Codes in lower case. Sources: EC2 API reference "Error codes", SSM and EventBridge "Common errors", DynamoDB guide "Error
 * handling", Node's system error names.
 */
const KINDS: Readonly<Record<Exclude<AwsErrorKind, 'unknown'>, readonly string[]>> = {
  throttled: [
    'requestlimitexceeded',
    'throttling',
    'throttlingexception',
    'throttledexception',
    // SNS and SQS.
    'throttled',
    'kmsthrottled',
    'kmsthrottling',
    'priorrequestnotcomplete',
    'toomanyrequestsexception',
    'requestthrottled',
    'requestthrottledexception',
    'slowdown',
    'ec2throttledexception',
    'bandwidthlimitexceeded',
    // DynamoDB: of a table, or of the account.
    'provisionedthroughputexceededexception',
    'requestlimitexceededexception',
  ],
  transient: [
    'internalerror',
    'internalfailure',
    'internalservererror',
    'internalserviceerror',
    'internalexception',
    'serviceunavailable',
    'serviceunavailableexception',
    'unavailable',
    'requesttimeout',
    'requesttimeoutexception',
    // Organizations' internal error.
    'serviceexception',

    'timeouterror',
    'networkingerror',
    'aborterror',
    // Our own: the receive of a batch, lib/lambda/in-flight-batch.ts.
    'receiveended',
    'concurrentmodificationexception',
    // DynamoDB: somebody else is writing the item right now.
    'transactionconflictexception',
    'transactioninprogressexception',
    'replicatedwriteconflictexception',
    'econnreset',
    'econnrefused',
    'econnaborted',
    'epipe',
    'etimedout',
    'ehostunreach',
    'enetunreach',
    'enotfound',
    'eai_again',
  ],
  'not-found': [
    'resourcenotfoundexception',
    'tablenotfoundexception',
    'invocationdoesnotexist',
    'parameternotfound',
    'nosuchentity',
    // Organizations: ListParents, ListTagsForResource.
    'childnotfoundexception',
    'accountnotfoundexception',
    'targetnotfoundexception',
  ],
  denied: [
    'unauthorizedoperation',
    // SNS and SQS.
    'authorizationerror',
    'kmsaccessdenied',
    'accessdenied',
    'accessdeniedexception',
    'authfailure',
    'optinrequired',
    'expiredtoken',
    'expiredtokenexception',
    'incompletesignatureexception',
    'missingauthenticationtokenexception',
    'invalidclienttokenid',
    'unrecognizedclientexception',
    'signaturedoesnotmatch',
    'blocked',
  ],
  conflict: [
    'routealreadyexists',
    'invalidstatetransition',
    'vpcpeeringconnectionalreadyexists',
    'incorrectstate',
    'dependencyviolation',
    // ModifyVpcPeeringConnectionOptions before the peering is active.
    'operationnotpermitted',
    // DynamoDB: the item is not as the call says; a table that is being made or deleted.
    'conditionalcheckfailedexception',
    'resourceinuseexception',
    'tableinuseexception',
  ],
  limit: [
    'routelimitexceeded',
    'vpcpeeringconnectionspervpclimitexceeded',
    'outstandingvpcpeeringconnectionlimitexceeded',
    'taglimitexceeded',
    'limitexceededexception',
    'servicequotaexceededexception',
    // DynamoDB.
    'itemcollectionsizelimitexceededexception',
  ],
  invalid: [
    'invalidparameter',
    'invalidparametervalue',
    'invalidparametercombination',
    'invalidrequest',
    'missingparameter',
    'unknownparameter',
    'validationerror',
    'validationexception',
    'malformedquerystring',
    'invalidaction',
    'unsupportedoperation',
  ],
};

const KIND_BY_CODE: ReadonlyMap<string, AwsErrorKind> = new Map(
  Object.entries(KINDS).flatMap(([kind, codes]) =>
    codes.map((code): [string, AwsErrorKind] => [code, kind as AwsErrorKind]),
  ),
);

/** EC2 names a missing resource in the code itself: `InvalidRouteTableID.NotFound`, `InvalidVpcId.Malformed`. */
function kindOfCode(code: string): AwsErrorKind {
  const lower = code.toLowerCase();
  const known = KIND_BY_CODE.get(lower);
  if (known) return known;
  if (lower.endsWith('.notfound') || lower.endsWith('.unavailable')) return 'not-found';
  if (lower.endsWith('.malformed')) return 'invalid';
  if (lower.startsWith('invalidvpcpeeringconnectionstate')) return 'conflict';
  if (lower.endsWith('limitexceeded')) return 'limit';
  return 'unknown';
}

function textField(value: object, key: string): string | undefined {
  const field: unknown = Reflect.get(value, key);
  return typeof field === 'string' && field !== '' ? field : undefined;
}

function statusOf(error: object): number | undefined {
  const metadata: unknown = Reflect.get(error, '$metadata');
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const status: unknown = Reflect.get(metadata, 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

/** Names that every JavaScript error has; they say nothing about AWS. */
const GENERIC_NAMES: ReadonlySet<string> = new Set(['Error', 'TypeError', 'AggregateError']);

/**
 * Reads an error thrown by an AWS call, of whatever SDK version: only its shape counts (`code`, `Code` or `name`,
 * `$metadata.httpStatusCode`, `cause`). Codes are compared without case: EC2 itself writes both `…ID.NotFound` and
 * `…Id.NotFound`. A code that is not known is judged by the HTTP status.
 *
 * A timeout is `transient`: the call may have succeeded, so the caller has to read before it writes again.
 */
export function classifyAwsError(error: unknown): AwsErrorInfo {
  return classify(error, MAX_CAUSES);
}

/** A chain of causes may be a circle. */
const MAX_CAUSES = 4;

function classify(error: unknown, causesLeft: number): AwsErrorInfo {
  if (typeof error !== 'object' || error === null) {
    return { kind: 'unknown', code: 'Unknown', message: String(error) };
  }
  const message = textField(error, 'message') ?? 'no message';
  const name = textField(error, 'name');
  const codes = [
    textField(error, 'Code'),
    textField(error, 'code'),
    name !== undefined && GENERIC_NAMES.has(name) ? undefined : name,
  ].filter((code) => code !== undefined);
  for (const code of codes) {
    const kind = kindOfCode(code);
    if (kind !== 'unknown') return { kind, code, message };
  }
  const code = codes[0] ?? 'Unknown';
  const status = statusOf(error);
  if (status === 429) return { kind: 'throttled', code, message };
  if (status !== undefined && status >= 500) return { kind: 'transient', code, message };
  if (status === 403) return { kind: 'denied', code, message };
  const cause: unknown = Reflect.get(error, 'cause');
  if (status === undefined && cause !== undefined && causesLeft > 0) {
    const inner = classify(cause, causesLeft - 1);
    if (inner.kind !== 'unknown') return inner;
  }
  return { kind: 'unknown', code, message };
}

/** Whether a service control policy refused a call. */
export function isDeniedByOrganization(error: unknown): boolean {
  const { kind, message } = classifyAwsError(error);
  return kind === 'denied' && denialIn(message).policy === 'service-control';
}

/** The calls without which nothing is known of a Region. */
const REGION_READS: ReadonlySet<string> = new Set([
  'DescribeVpcPeeringConnections',
  'DescribeVpcs',
  'DescribeRouteTables',
]);

/** Reads of a Region that AWS denies, until a person does something about it. */
export interface DeniedReads {
  /** `DescribeRouteTables`, …; never empty. */
  readonly calls: readonly string[];
  /** Of the first one. */
  readonly code: string;
  /** What AWS says of the first one, in its own words. */
  readonly awsMessage: string;
}

/** The reads of a Region that AWS denied, where nothing else went wrong with it that passes. */
export function deniedReads(error: unknown): DeniedReads | undefined {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  if (errors.some((each) => isRetryable(classifyAwsError(each)))) {
    return undefined;
  }
  const denied = errors.flatMap((each) => {
    const call = typeof each === 'object' && each !== null ? textField(each, 'call') : undefined;
    const { kind, code } = classifyAwsError(each);
    return kind === 'denied' && call !== undefined && REGION_READS.has(call)
      ? [{ call, code, awsMessage: inAwsWords(each) }]
      : [];
  });
  const [first] = denied;
  return first === undefined
    ? undefined
    : { calls: denied.map(({ call }) => call).sort(), code: first.code, awsMessage: first.awsMessage };
}

/** What AWS said, in its own words, without those that our adapters put before them. */
export function inAwsWords(error: unknown): string {
  const { code, message } = classifyAwsError(error);
  const inner =
    error instanceof Error && error.cause !== undefined ? classifyAwsError(error.cause) : undefined;
  return inner?.code === code ? inner.message : message;
}
