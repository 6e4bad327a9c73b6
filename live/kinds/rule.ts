import {
  DeleteRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import type { Place } from '../account.ts';
import { type Kind, NAME_PREFIX, TAG_KEY, unlessGone } from '../ledger.ts';
import type { World } from '../world.ts';

const DEFAULT_BUS = 'default';

/** Of the only target that a rule has. */
const TARGET_ID = 'to';

/** Rules are known by `bus/rule`. */
function named(id: string): { readonly EventBusName: string; readonly Name: string } {
  const [EventBusName = DEFAULT_BUS, Name = ''] = id.split('/');
  return { EventBusName, Name };
}

export const RULE: Kind = {
  name: 'rule',
  async remove(place, id) {
    const events = place.of(EventBridgeClient);
    const { Name, EventBusName } = named(id);
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name, EventBusName }));
    const Ids = Targets.flatMap(({ Id }) => Id ?? []);
    if (Ids.length > 0) {
      await events.send(new RemoveTargetsCommand({ Rule: Name, EventBusName, Ids }));
    }
    await events.send(new DeleteRuleCommand({ Name, EventBusName }));
  },
  async tagged(place) {
    const events = place.of(EventBridgeClient);
    const { EventBuses = [] } = await events.send(new ListEventBusesCommand({ NamePrefix: NAME_PREFIX }));
    const found: { id: string; run: string }[] = [];
    for (const bus of [DEFAULT_BUS, ...EventBuses.flatMap(({ Name }) => Name ?? [])]) {
      const { Rules = [] } = await events.send(
        new ListRulesCommand({ EventBusName: bus, NamePrefix: NAME_PREFIX }),
      );
      for (const { Name = '', Arn } of Rules) {
        const tags = await unlessGone(() =>
          events.send(new ListTagsForResourceCommand({ ResourceARN: Arn })),
        );
        const run = tags?.Tags?.find(({ Key }) => Key === TAG_KEY)?.Value;
        if (run !== undefined) found.push({ id: `${bus}/${Name}`, run });
      }
    }
    return found;
  },
  byHand({ cliOptions }, id) {
    const { Name, EventBusName } = named(id);
    const of = `${cliOptions} --event-bus-name ${EventBusName}`;
    return `aws events remove-targets${of} --rule ${Name} --ids ${TARGET_ID} && aws events delete-rule${of} --name ${Name}`;
  },
};

export interface Rule {
  readonly place: Place;
  readonly bus: string;
  readonly name: string;
}

export async function makeRule(
  { ledger }: World,
  place: Place,
  rule: { readonly what: string; readonly pattern: object; readonly bus?: string },
): Promise<Rule> {
  const bus = rule.bus ?? DEFAULT_BUS;
  const name = ledger.nameFor(rule.what);
  await ledger.makeNamed(RULE, place, `${bus}/${name}`, () =>
    place.of(EventBridgeClient).send(
      new PutRuleCommand({
        Name: name,
        EventBusName: bus,
        EventPattern: JSON.stringify(rule.pattern),
        Tags: [ledger.tag],
      }),
    ),
  );
  return { place, bus, name };
}

/** @throws AWS errors, also where EventBridge does not take the target */
export async function setTarget({ place, bus, name }: Rule, target: Omit<Target, 'Id'>): Promise<void> {
  const { FailedEntries = [] } = await place
    .of(EventBridgeClient)
    .send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets: [{ Id: TARGET_ID, ...target }] }));
  const [failed] = FailedEntries;
  if (failed !== undefined) {
    throw Object.assign(new Error(failed.ErrorMessage), { code: failed.ErrorCode });
  }
}
