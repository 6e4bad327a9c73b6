import { OBSERVED } from '../../lib/assessment/by-hand.ts';
import { notARequest } from '../../lib/assessment/proposal.ts';
import { freezeIn, frozenText } from '../../lib/model/freeze.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { ownRegions } from '../../lib/passes/persons-answer.ts';
import type { Memory } from '../../lib/ports/memory.ts';
import { callerOf } from '../apply/caller.ts';
import { createWork, type Work } from '../apply/work.ts';
import { type AssessedAccount, type Assessment, assess, tellAssessment } from '../assess.ts';
import { CliError } from '../errors.ts';
import { meant } from '../meant.ts';
import { peeringsRead, regionsRead } from '../nameables.ts';
import { findNamed, type Place, refuseOtherKind, tellNamed } from '../naming.ts';
import { shown } from '../output.ts';
import { policiesOf } from '../policy.ts';
import { refuseUnread } from '../unread.ts';
import type { Invocation } from '../verb.ts';
import { type WaitingRequest, waitingRequests } from '../waiting.ts';

/** A request that a person is about to answer, and all that this takes. */
export interface Answering {
  readonly assessment: Assessment;
  readonly account: AssessedAccount;
  readonly peering: Peering;
  readonly waiting: WaitingRequest;
  /** The ARN of the caller, as STS gives it. */
  readonly by: string;
  readonly work: Work;
  /** The registry of the stack. */
  readonly registry: Pick<Memory, 'update'>;
  /** The managed Regions in which this account owns a side, the accepter's first. */
  readonly regions: readonly string[];
}

function placeOf(verb: 'accept' | 'reject'): Place {
  return {
    name: `peering ${verb}`,
    kinds: ['pcx'],
    what: 'a peering',
    list: 'peering requests lists those that wait.',
    ended: 'never',
  };
}

function isRead({ state }: AssessedAccount, peeringId: string): boolean {
  return state.regions.some(({ peerings }) => peerings.some((each) => each.peeringId === peeringId));
}

/** Without the registry nobody would know who answered and what was said, and the stack would not manage the peering. */
async function registryOf({ source }: Assessment): Promise<Pick<Memory, 'update'>> {
  refuseUnread(source, 'Nothing was answered.');
  const registry = await source.memory?.();
  if (registry === undefined) {
    throw new CliError(
      'Nothing was answered: no stack was found, so nothing would remember who answered, and nothing would route the peering. Deploy it (peering deploy), or name its --stage or --region.',
    );
  }
  return registry;
}

/**
 * Reads the network and the registry, and finds the request in them.
 *
 * @param asked its id, or the name that one live peering has.
 */
export async function openAnswering(
  invocation: Invocation,
  verb: 'accept' | 'reject',
  asked: string = invocation.positionals[0] ?? '',
): Promise<Answering> {
  const place = placeOf(verb);
  refuseOtherKind(asked, place);
  const policies = policiesOf(invocation);
  const assessment = await assess(invocation, policies);
  tellAssessment(invocation, assessment);
  const [account] = assessment.accounts;
  if (account === undefined) {
    throw new CliError('There is no account in which anything could be answered.');
  }
  const found = findNamed(asked, peeringsRead(account, invocation.options), place, regionsRead(account));
  tellNamed(invocation, found);
  const { id: peeringId } = found;
  const peering = account.whole.requests.find((each) => each.peering.peeringId === peeringId)?.peering;
  const waiting = waitingRequests({
    ...assessment,
    requests: account.whole.requests.map((request) => ({ ...request, accountId: account.accountId })),
  }).find((each) => each.peeringId === peeringId);
  if (peering === undefined || waiting === undefined) {
    const waits = account.whole.requests.map(({ peering: { peeringId: id, tags } }) => ({
      id,
      name: tags.Name,
    }));
    throw new CliError(
      `${shown(notARequest(account, peeringId))}${isRead(account, peeringId) ? '' : meant(peeringId, waits)}`,
    );
  }
  if (account.policy.mode === 'observe') {
    throw new CliError(OBSERVED);
  }
  const registry = await registryOf(assessment);
  const freeze = freezeIn(account.memory.get(peering.accepter.region)?.notes ?? new Map(), new Date());
  if (freeze !== undefined) {
    throw new CliError(`Nothing was answered. ${frozenText(freeze)}. End it with peering thaw first.`);
  }
  const by = await callerOf(assessment);
  return {
    assessment,
    account,
    peering,
    waiting,
    by,
    work: createWork(invocation, policies, assessment, by),
    registry,
    regions: ownRegions(peering, account),
  };
}
