import { DescribeEventBusCommand, ResourceNotFoundException } from '@aws-sdk/client-eventbridge';
import { anyRegionOf, isArn, lastPart, parseArn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import { messageOf } from './errors.ts';
import { type ConditionContext, type Conditions, conditionsMatch } from './iam/conditions.ts';
import { matchesArn, matchesPattern } from './iam/pattern.ts';
import { organizationOf } from './organization.ts';
import type { EventBridgeEvent, LabCall, LabLog, LabResponse, Place } from './types.ts';

export interface Sender {
  readonly accountId: string;
  /** Of the role or user, `aws:PrincipalArn`; left out where a rule sends by itself, in nobody's role. */
  readonly principalArn?: string;
}

export type EventOnItsWay = Pick<EventBridgeEvent, 'source' | 'detail-type'>;

type OneOrMore = string | readonly string[];

export interface PolicyStatement {
  readonly Effect?: string;
  readonly Principal?: OneOrMore | Readonly<Record<string, OneOrMore>>;
  readonly Action?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly Condition?: Conditions;
}

const PUT_EVENTS = 'events:PutEvents';

function many<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function isRootOf(arn: string, accountId: string): boolean {
  const { service, resource, accountId: owner } = parseArn(arn);
  return service === 'iam' && resource === 'root' && owner === accountId;
}

function namesAccount(principal: PolicyStatement['Principal'], accountId: string): boolean {
  const names =
    typeof principal === 'string' || Array.isArray(principal)
      ? many(principal as OneOrMore)
      : many((principal as Readonly<Record<string, OneOrMore>> | undefined)?.AWS);
  return names.some(
    (name) => name === '*' || name === accountId || (isArn(name) && isRootOf(name, accountId)),
  );
}

/** Whether the statements allow `events:PutEvents`, and none denies it. */
export function allowsPutEvents(
  statements: readonly PolicyStatement[],
  {
    busArn,
    principal,
    context = {},
  }: {
    readonly busArn: string;
    /** The account that has to be named; left out in the policy of a role. */
    readonly principal?: string;
    /** Values of condition keys. */
    readonly context?: ConditionContext;
  },
): boolean {
  const effects = statements
    .filter(
      ({ Action, Resource, Principal, Condition }) =>
        many<string>(Action).some((action) =>
          matchesPattern(action.toLowerCase(), PUT_EVENTS.toLowerCase()),
        ) &&
        many<string>(Resource).some((resource) => matchesArn(resource, busArn)) &&
        (principal === undefined || namesAccount(Principal, principal)) &&
        conditionsMatch(Condition, context),
    )
    .map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function statementsIn(policy: string | undefined): readonly PolicyStatement[] {
  const { Statement } = JSON.parse(policy ?? '{}') as {
    readonly Statement?: PolicyStatement | readonly PolicyStatement[];
  };
  return many<PolicyStatement>(Statement);
}

function documentIn(response: LabResponse, element: string): readonly PolicyStatement[] {
  const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(response.body.toString())?.[1] ?? '';
  const text = found.replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&amp;', '&');
  return text === '' ? [] : statementsIn(text.startsWith('%') ? decodeURIComponent(text) : text);
}

function trustsEventBridge(trust: readonly PolicyStatement[]): boolean {
  return trust.some(({ Effect, Principal }) => {
    const services =
      typeof Principal === 'object' && !Array.isArray(Principal)
        ? many((Principal as Readonly<Record<string, OneOrMore>>).Service as OneOrMore)
        : [];
    return Effect === 'Allow' && services.includes('events.amazonaws.com');
  });
}

export interface EventPermissionsOptions {
  readonly clients: MotoClients;
  call(call: LabCall): Promise<LabResponse>;
  readonly log: LabLog;
}

/** Who may put events on which bus: the policies of buses, and of the roles that rules name for other Regions. */
export class EventPermissions {
  readonly #options: EventPermissionsOptions;
  readonly #reads = new Map<string, Promise<unknown>>();

  constructor(options: EventPermissionsOptions) {
    this.#options = options;
  }

  /** Whether the policy of a bus lets this sender put the event there. */
  async busAllows(
    busArn: string,
    { accountId, principalArn }: Sender,
    event: EventOnItsWay,
  ): Promise<boolean> {
    try {
      const { region } = parseArn(busArn);
      const [statements, organization] = await Promise.all([
        this.#once(`policy of ${busArn}`, () => this.#policyOf(busArn)),
        this.#once(`organization of ${accountId} by ${region}`, () =>
          organizationOf(this.#options.call, { accountId, region }),
        ),
      ]);
      return allowsPutEvents(statements, {
        busArn,
        principal: accountId,
        context: {
          'aws:PrincipalOrgID': organization?.id ?? [],
          'aws:PrincipalAccount': accountId,
          'aws:PrincipalArn': principalArn ?? [],
          'events:source': event.source,
          'events:detail-type': event['detail-type'],
        },
      });
    } catch (error) {
      this.#options.log('the policy of an event bus could not be evaluated; it allows nothing', {
        bus: busArn,
        error: messageOf(error),
      });
      return false;
    }
  }

  /** Why EventBridge may not put events on the bus in this role; `undefined` when it may. */
  async roleRefusal(roleArn: string, busArn: string): Promise<string | undefined> {
    const { accountId, resource } = parseArn(roleArn);
    const place = { accountId, region: anyRegionOf(roleArn) };
    const RoleName = lastPart(resource);
    const role = await this.#iam(place, 'GetRole', { RoleName });
    if (role.status !== 200) {
      return `The role ${roleArn} does not exist.`;
    }
    if (!trustsEventBridge(documentIn(role, 'AssumeRolePolicyDocument'))) {
      return `The role ${roleArn} does not let events.amazonaws.com assume it.`;
    }
    const names = await this.#iam(place, 'ListRolePolicies', { RoleName });
    const statements: PolicyStatement[] = [];
    for (const [, PolicyName = ''] of names.body.toString().matchAll(/<member>([^<]+)<\/member>/g)) {
      statements.push(
        ...documentIn(await this.#iam(place, 'GetRolePolicy', { RoleName, PolicyName }), 'PolicyDocument'),
      );
    }
    return allowsPutEvents(statements, { busArn })
      ? undefined
      : `The inline policies of ${roleArn} do not allow ${PUT_EVENTS} on ${busArn}.`;
  }

  /** The entries of one call ask for the same at the same time: it is read once for all of them, and not kept. */
  #once<T>(what: string, read: () => Promise<T>): Promise<T> {
    const known = this.#reads.get(what) as Promise<T> | undefined;
    if (known !== undefined) {
      return known;
    }
    const reading = read().finally(() => this.#reads.delete(what));
    this.#reads.set(what, reading);
    return reading;
  }

  async #policyOf(busArn: string): Promise<readonly PolicyStatement[]> {
    const { accountId, region, resource } = parseArn(busArn);
    try {
      const { Policy } = await this.#options.clients
        .events({ accountId, region })
        .send(new DescribeEventBusCommand({ Name: lastPart(resource) }));
      return statementsIn(Policy);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        return [];
      }
      throw error;
    }
  }

  async #iam(place: Place, action: string, parameters: Record<string, string>): Promise<LabResponse> {
    return this.#options.call({
      service: 'iam',
      accountId: place.accountId,
      region: place.region,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }).toString(),
    });
  }
}
