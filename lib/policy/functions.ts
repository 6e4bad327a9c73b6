import { FUNCTIONS, type FunctionName } from '../model/function-names.ts';
import { answersFromChat } from './chat.ts';
import { connects } from './connects.ts';
import { reportPlaceOf } from './report.ts';
import type { Policy } from './schema.ts';

type Asking = Pick<Policy, 'mode' | 'notify' | 'connect' | 'mesh' | 'report'>;

interface OptionalFunction {
  readonly isAsked: (policy: Asking) => boolean;
  /** Behind the name of a policy: why there is no such function, and what to write for one. */
  readonly without: string;
}

/** Functions that a stack has only if its policy asks for what they do. */
export const OPTIONAL_FUNCTIONS: Readonly<Partial<Record<FunctionName, OptionalFunction>>> = {
  'answer-request': {
    isAsked: answersFromChat,
    without:
      'has nobody answer from chat, so the stack has no such function; write mode: enforce and notify: { chat: buttons } there',
  },
  'request-peerings': {
    isAsked: connects,
    without:
      'says no connect or mesh, so the stack has no such function; write which VPCs should be peered there',
  },
  'publish-report': {
    isAsked: (policy) => reportPlaceOf(policy) !== undefined,
    without: 'keeps no report, so the stack has no such function; write report: { publish: stack } there',
  },
};

/** The functions that the stack of a policy has: what nobody asks for is not there. */
export function functionsOf(policy: Asking): readonly FunctionName[] {
  return FUNCTIONS.filter((name) => OPTIONAL_FUNCTIONS[name]?.isAsked(policy) ?? true);
}
