import { setTimeout as delay } from 'node:timers/promises';
import { createAddressPlanReader } from '../aws/address-plan.ts';
import { createBus, createPeerBuses } from '../aws/bus.ts';
import { createClients } from '../aws/clients.ts';
import { createConnectWriter } from '../aws/connect-writes.ts';
import { createConnectivityReader } from '../aws/connectivity.ts';
import { createEc2Clients } from '../aws/ec2-clients.ts';
import { createForwardingStore } from '../aws/forwarding-store.ts';
import { readHistory } from '../aws/history.ts';
import { createLegacyState } from '../aws/legacy-state.ts';
import { createMemory } from '../aws/memory.ts';
import { createOrganizationReader, createUnitReader } from '../aws/organizations.ts';
import { createNetworkReader } from '../aws/reads.ts';
import { createReceipts } from '../aws/receipts.ts';
import { createReportBucket } from '../aws/report-bucket.ts';
import { createRunCommand } from '../aws/run-command.ts';
import { createSpokeReader } from '../aws/spoke-reader.ts';
import { createChatTopic, createTopic } from '../aws/topic.ts';
import { createEc2Writer, type DoorOptions } from '../aws/writes.ts';
import { asSent } from '../model/notification.ts';
import { createAddressPlanLookup } from '../passes/address-plan.ts';
import { bySeverity, onlyLogged } from '../passes/by-severity.ts';
import { createOrganizationLookup, createUnitLookup } from '../passes/organization.ts';
import { alsoInChat, onlyInChat } from '../passes/tell-chat.ts';
import { createUpgradedMemory } from '../passes/upgraded-memory.ts';
import { answersFromChat } from '../policy/chat.ts';
import { type Destinations, destinationsOf, type PeoplesTopic } from '../policy/notify.ts';
import { asksOrganization, organizationNeeds, spokeUnitsOf } from '../policy/organization.ts';
import { reportPlaceOf } from '../policy/report.ts';
import type { Policy } from '../policy/schema.ts';
import type { HistoryReader } from '../ports/history.ts';
import type { Journal } from '../ports/journal.ts';
import type { Topic } from '../ports/outbox.ts';
import { createPace, FUNCTION_BUCKETS } from '../ports/pace.ts';
import type { ReportStore } from '../ports/report-store.ts';
import { environment } from './environment.ts';

/** The ports of lib/ports, filled for functions with AWS; each function bundles those it names. */

/** Shared by the ports of a function, and kept while the process lives. */
const clients = createClients();

export function busPort() {
  return { bus: createBus(environment('EVENT_BUS_NAME'), clients) };
}

/**
 * `RUNBOOKS` is the folder of the alarms' pages, as a URL or as a path in the project. `TOPIC_ARN` is the stack's own topic,
 * `NOTICE_TOPIC_ARN` its second one, if notices go to other addresses. With chat, `CHAT_TOPIC_ARN` is its topic, and
 * `CHAT_ACTION_GROUP` what the stack's buttons are known by.
 */
export function topicPort(policy: Policy, journal: Journal): { readonly topic: Topic } {
  const topic = peoplesTopic(policy, journal);
  const runbooks = environment('RUNBOOKS');
  return { topic: { notify: (notification) => topic.notify(asSent(notification, runbooks, new Date())) } };
}

const OWN_TOPICS = { first: 'TOPIC_ARN', second: 'NOTICE_TOPIC_ARN' } as const;

function mailTopic(topic: PeoplesTopic): Topic {
  const arn = topic.kind === 'existing' ? topic.arn : environment(OWN_TOPICS[topic.which]);
  return createTopic(arn, clients);
}

function peoplesTopic(policy: Policy, journal: Journal): Topic {
  const actionGroup = answersFromChat(policy) ? environment('CHAT_ACTION_GROUP') : undefined;
  const topicAt = ({ topic, chat }: Destinations): Topic => {
    if (chat === undefined) {
      return topic === undefined ? onlyLogged(journal) : mailTopic(topic);
    }
    const chatTopic = createChatTopic(environment('CHAT_TOPIC_ARN'), clients);
    return topic === undefined
      ? onlyInChat(chatTopic, { actionGroup })
      : alsoInChat(mailTopic(topic), chatTopic, { actionGroup, journal });
  };
  const { action, notice } = destinationsOf(policy.notify);
  return bySeverity({ action: topicAt(action), notice: topicAt(notice) });
}

/** For a function that changes nothing in EC2. */
export function readerPort(journal: Journal) {
  return {
    reader: createNetworkReader(createEc2Clients(clients), (problem) =>
      journal.warn('item skipped', { problem }),
    ),
  };
}

function doorOf({ mode }: Policy, journal: Journal): DoorOptions {
  return {
    mode,
    onWrite: (write, outcome) => journal.info(outcome === 'done' ? 'changed' : 'would change', { ...write }),
  };
}

export function networkPorts(policy: Policy, journal: Journal) {
  const ec2 = createEc2Clients(clients);
  return {
    ...readerPort(journal),
    writer: createEc2Writer(ec2, doorOf(policy, journal)),
  };
}

/** `SPOKE_READER_ROLE` is the role by which other accounts let their VPCs be looked at; there only where the policy asks for it. */
function spokesPort(journal: Journal) {
  const role = process.env.SPOKE_READER_ROLE;
  return role === undefined
    ? {}
    : {
        spokes: createSpokeReader(role, environment('AWS_REGION'), (problem) =>
          journal.warn('item skipped', { problem }),
        ),
      };
}

/** What request-peerings needs: routes and other accounts' stacks are not its matter. */
export function portsForConnections(policy: Policy, journal: Journal) {
  const { reader, writer } = networkPorts(policy, journal);
  return {
    ...receiptsPort(),
    reader,
    writer: { ...writer, ...createConnectWriter(createEc2Clients(clients), doorOf(policy, journal)) },
    ...spokesPort(journal),
    ...unitsPort(policy),
    ...busPort(),
    ...peerBusesPort(),
    ...topicPort(policy, journal),
    ...memoryPortWithoutUpgrade(policy),
    ...pacePort(),
  };
}

/** Kept while the process lives: EC2's buckets don't refill because an invocation ended. */
function pacePort() {
  const clock = { now: () => Date.now(), sleep: (duration: number) => delay(duration) };
  return { pace: createPace(clock, FUNCTION_BUCKETS) };
}

/**
 * `REGISTRY_TABLE` is the stack's DynamoDB table; below `STATE_PREFIX`, `/vpc-peering-autopilot/<stage>`, lies what a version
 * before it remembered. Both are in the Region of deployment.
 */
export function memoryPort({ mode }: Policy, journal: Journal) {
  const homeRegion = environment('AWS_REGION');
  return {
    memory: createUpgradedMemory(
      createMemory(environment('REGISTRY_TABLE'), homeRegion, { mode }),
      createLegacyState(environment('STATE_PREFIX'), homeRegion),
      { mode, journal, now: () => new Date() },
    ),
  };
}

/** For a function that leaves it to the others to take over what an older version remembered. */
export function memoryPortWithoutUpgrade({ mode }: Policy) {
  return { memory: createMemory(environment('REGISTRY_TABLE'), environment('AWS_REGION'), { mode }) };
}

/** What `REGISTRY_TABLE` has of what happened. */
export function historyPort(): { readonly history: HistoryReader } {
  const homeRegion = environment('AWS_REGION');
  const table = { name: environment('REGISTRY_TABLE'), homeRegion };
  return { history: { eventsOf: (region, since) => readHistory(table, region, since) } };
}

/** `REPORT_BUCKET` is the bucket that the stack makes for the page; one that exists is in the policy. */
export function reportPort(policy: Policy): { readonly store: ReportStore } {
  const place = reportPlaceOf(policy);
  if (place === undefined) {
    throw new Error('The policy has no report.publish, so the stack has no publish-report: deploy it again.');
  }
  const { key } = place;
  const bucket = place.kind === 'existing' ? place.bucket : environment('REPORT_BUCKET');
  return { store: createReportBucket({ bucket, key }, environment('AWS_REGION')) };
}

export function connectivityPort() {
  return { connectivity: createConnectivityReader(createEc2Clients(clients)) };
}

/** `PING_DOCUMENT` is the one SSM document that the functions may send. */
export function commandPort(policy: Policy) {
  const documentName = environment('PING_DOCUMENT');
  return { documentName, commands: createRunCommand({ documentName, mode: policy.mode }, clients) };
}

/** `FORWARDER_ROLE_ARN` is what EventBridge assumes in other Regions, to put events on the bus at `EVENT_BUS_ARN`. */
export function forwardingPort() {
  const stage = environment('STAGE');
  return {
    stage,
    homeBusArn: environment('EVENT_BUS_ARN'),
    forwarderRoleArn: environment('FORWARDER_ROLE_ARN'),
    forwarding: createForwardingStore(stage, environment('AWS_REGION'), clients),
  };
}

/** `EVENT_BUS_ARN`: where this account's own bus is says where those of other accounts are. */
export function peerBusesPort() {
  return { peerBuses: createPeerBuses(environment('EVENT_BUS_ARN'), clients) };
}

/** Only for a policy that selects by organization: build/unasked-readers.ts leaves the readers out of other bundles. */
export function organizationPort(policy: Policy) {
  if (!asksOrganization(policy)) {
    return {};
  }
  const role = policy.organization?.role;
  const reader = createOrganizationReader({
    region: environment('AWS_REGION'),
    needs: organizationNeeds(policy),
    ...(role === undefined ? {} : { role }),
  });
  return { organization: createOrganizationLookup(reader, { now: () => Date.now() }) };
}

/** Only for a policy that looks for spokes in organizational units; as organizationPort. */
function unitsPort(policy: Policy) {
  if (spokeUnitsOf([policy]).length === 0) {
    return {};
  }
  const role = policy.organization?.role;
  const reader = createUnitReader({
    region: environment('AWS_REGION'),
    ...(role === undefined ? {} : { role }),
  });
  return { units: createUnitLookup(reader, { now: () => Date.now() }) };
}

/** Only for a policy that names an address plan. */
export function addressPlanPort({ guardrails }: Policy) {
  return guardrails.ipam === undefined
    ? {}
    : { addressPlan: createAddressPlanLookup(createAddressPlanReader(createEc2Clients(clients))) };
}

/** `QUEUE_URL` is the queue that the function's events come from. */
export function receiptsPort() {
  return { receipts: createReceipts(environment('QUEUE_URL'), environment('AWS_REGION')) };
}

/**
 * What those need that take events from a queue, change peerings and routes, and tell of it: all of the account, and the ways to
 * people and peers.
 */
export function portsForChanges(policy: Policy, journal: Journal) {
  return {
    ...receiptsPort(),
    ...networkPorts(policy, journal),
    ...organizationPort(policy),
    ...addressPlanPort(policy),
    ...busPort(),
    ...peerBusesPort(),
    ...topicPort(policy, journal),
    ...memoryPort(policy, journal),
    ...pacePort(),
  };
}
