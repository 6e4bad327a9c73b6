import type { LiveCheck } from './check.ts';
import { activeInBothRegions } from './checks/active-in-both-regions.ts';
import { busNotThere } from './checks/bus-not-there.ts';
import { crossAccountEvent } from './checks/cross-account-event.ts';
import { documentHash } from './checks/document-hash.ts';
import { endedReceive } from './checks/ended-receive.ts';
import { invalidInstances } from './checks/invalid-instances.ts';
import { listRulesResource } from './checks/list-rules-resource.ts';
import { newAlarm } from './checks/new-alarm.ts';
import { olderContent } from './checks/older-content.ts';
import { optInTarget } from './checks/opt-in-target.ts';
import { optionsAfterAccept } from './checks/options-after-accept.ts';
import { optionsEvent } from './checks/options-event.ts';
import { optionsOfBothSides } from './checks/options-of-both-sides.ts';
import { outputsOnly } from './checks/outputs-only.ts';
import { ownBusStatement } from './checks/own-bus-statement.ts';
import { pendingCidrs } from './checks/pending-cidrs.ts';
import { queuePolls } from './checks/queue-polls.ts';
import { repeatedRoute } from './checks/repeated-route.ts';
import { tagPending } from './checks/tag-pending.ts';

/** One for each row of docs/unproven.md, in its order. */
export const CHECKS: readonly LiveCheck[] = [
  crossAccountEvent,
  pendingCidrs,
  tagPending,
  repeatedRoute,
  activeInBothRegions,
  optionsAfterAccept,
  optionsEvent,
  optionsOfBothSides,
  listRulesResource,
  ownBusStatement,
  optInTarget,
  busNotThere,
  endedReceive,
  documentHash,
  olderContent,
  invalidInstances,
  newAlarm,
  queuePolls,
  outputsOnly,
];
