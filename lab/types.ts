/**
 * The words that the parts of the local AWS share. The gateway turns every HTTP request into a `LabRequest`; an overlay
 * answers it, or forwards it to moto and edits the answer.
 */

/** Who signed a request, in the terms that CloudTrail uses. */
export type LabPrincipal =
  | {
      readonly type: 'Root';
      readonly arn: string;
      readonly accountId: string;
      readonly accessKeyId: string;
    }
  | {
      readonly type: 'AssumedRole';
      /** `arn:aws:sts::<account>:assumed-role/<role name>/<session>` */
      readonly arn: string;
      readonly accountId: string;
      readonly accessKeyId: string;
      /** The role itself with its IAM path: `arn:aws:iam::<account>:role/<path>/<name>`. */
      readonly sessionIssuerArn: string;
      readonly sessionName: string;
    };

export interface LabRequest {
  readonly method: string;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  /** Query as sent, without `?`; empty when there is none. */
  readonly query: string;
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Signing name: `ec2`, `events`, `lambda`, `ssm`, `monitoring`, … `unknown` when the request is unsigned. */
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly principal: LabPrincipal;
}

export interface LabResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends a request on to the next layer: another overlay, or moto. */
export type Forward = (request: LabRequest) => Promise<LabResponse>;

/** One service's share of what moto lacks. */
export interface ServiceOverlay {
  handle(request: LabRequest, forward: Forward): Promise<LabResponse>;
  /** Requests to the gateway's own `/_lab/...` paths that this overlay serves. */
  readonly routes?: readonly LabRoute[];
  /** Ends timers and processes. */
  stop?(): Promise<void> | void;
}

/** A request to the gateway itself, not to AWS. */
export interface LabRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/_lab/logs`, or with one variable last segment: `/_lab/schedules/*`. */
  readonly path: string;
  handle(request: LabRouteRequest): Promise<unknown> | unknown;
}

export interface LabRouteRequest {
  /** What `*` stood for, decoded; empty in a path without one. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** The JSON body; `undefined` when there is none. */
  readonly body: unknown;
}

/** An event as EventBridge delivers it. */
export interface EventBridgeEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  /** The account that the event is about: the sender's. */
  readonly account: string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What a part of the lab knows of an event that it emits; the lab fills in the rest. */
export type NewEvent = Pick<EventBridgeEvent, 'detail-type' | 'source' | 'detail'> &
  Partial<EventBridgeEvent>;

/** One account in one Region: the scope of nearly all of AWS's state. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

export interface LabClock {
  now(): Date;
  /** How far it is ahead of the machine's clock: what functions add to theirs. */
  aheadMs(): number;
  /** Moves the lab's clock ahead; it never goes back. */
  advance(seconds: number): void;
}

export type LabLog = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** A request made by the lab itself into moto, as the administrator of the account; no overlay sees it. */
export interface LabCall extends Place {
  readonly service: string;
  /** Default `POST`. */
  readonly method?: string;
  /** Default `/`. */
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** What the lab offers to its parts. */
export interface LabContext {
  call(call: LabCall): Promise<LabResponse>;
  /** Puts an event on the default bus of that account and Region, as an AWS service does. */
  emit(event: NewEvent, place: Place): void;
  readonly clock: LabClock;
  readonly log: LabLog;
}

/** The account of callers whose access key was not given out by `sts:AssumeRole`. */
export const DEFAULT_ACCOUNT_ID = '123456789012';
