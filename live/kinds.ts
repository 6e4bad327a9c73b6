import { ALARM } from './kinds/alarm.ts';
import { BUS } from './kinds/bus.ts';
import { DOCUMENT } from './kinds/document.ts';
import { PEERING } from './kinds/peering.ts';
import { QUEUE } from './kinds/queue.ts';
import { ROLE } from './kinds/role.ts';
import { RULE } from './kinds/rule.ts';
import { STACK } from './kinds/stack.ts';
import { TOPIC } from './kinds/topic.ts';
import { VPC } from './kinds/vpc.ts';
import type { Kind } from './ledger.ts';

/** All that checks make, in the order in which it can go. */
export const KINDS: readonly Kind[] = [ALARM, RULE, BUS, TOPIC, QUEUE, STACK, DOCUMENT, PEERING, VPC, ROLE];
