import { FUNCTIONS, type FunctionName } from './function-names.ts';

/** The kinds of policies by which AWS refuses a call (IAM user guide, "Troubleshoot access denied error messages"). */
export type RefusingPolicy =
  | 'identity'
  | 'resource'
  | 'service-control'
  | 'resource-control'
  | 'boundary'
  | 'endpoint'
  | 'session';

/** What AWS says of a call that it denies, as far as it says it. */
export interface Denial {
  /** The kind of the policy; undefined where AWS names none. */
  readonly policy?: RefusingPolicy;
  /** `explicit`: a statement denies it. `implicit`: none allows it. */
  readonly effect?: 'explicit' | 'implicit';
  /** The name of the role that was refused. */
  readonly role?: string;
  /** Whose role that is, where the session is one of the product's functions. */
  readonly function?: FunctionName;
}

const POLICIES: readonly (readonly [words: RegExp, policy: RefusingPolicy])[] = [
  [/\bidentity-based polic/i, 'identity'],
  [/\bresource-based polic/i, 'resource'],
  [/\bservice control polic/i, 'service-control'],
  [/\bresource control polic/i, 'resource-control'],
  [/\bpermissions? boundar/i, 'boundary'],
  [/\bvpc endpoint polic/i, 'endpoint'],
  [/\bsession polic/i, 'session'],
];

function effectIn(message: string): Denial['effect'] {
  if (/\bexplicit deny\b/i.test(message)) {
    return 'explicit';
  }
  return /\bno [\w -]+ allows\b/i.test(message) ? 'implicit' : undefined;
}

/**
 * Reads AWS's own text: "with an explicit deny in an identity-based policy", "because no service control policy allows the … action",
 * and the session that was refused, `assumed-role/ROLE/SESSION`, of which Lambda calls the second as the function.
 */
export function denialIn(message: string): Denial {
  const policy = POLICIES.find(([words]) => words.test(message))?.[1];
  const effect = effectIn(message);
  const [, role, session = ''] = /:assumed-role\/([\w+=,.@-]+)\/([\w+=,.@-]+)/.exec(message) ?? [];
  const owner = FUNCTIONS.find((name) => session.endsWith(`-${name}`));
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(effect === undefined ? {} : { effect }),
    ...(role === undefined ? {} : { role }),
    ...(owner === undefined ? {} : { function: owner }),
  };
}
