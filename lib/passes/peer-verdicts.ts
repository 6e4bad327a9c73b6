import type { Diagnosis } from '../connectivity/diagnosis.ts';
import type { PeeringHealth, PeerVerdict } from '../connectivity/results.ts';
import type { Hint } from '../model/hint.ts';
import type { Note } from '../model/memory.ts';
import type { PeeringSide } from '../model/peering.ts';
import { trusts, trustsSomebody } from '../policy/trust.ts';
import { peerKey, peerNote, peerNoteValue, peerVerdictIn } from './connectivity-notes.ts';
import type { RecordDependencies, RecordSummary } from './record-dependencies.ts';
import { peerSideOf, tellPeer } from './tell-peer.ts';

/** The other side of a peering of this account, as EC2 shows it, if another account owns it. */
async function peerSide(
  { accountId, reader }: Pick<RecordDependencies, 'accountId' | 'reader'>,
  region: string,
  peeringId: string,
): Promise<PeeringSide | undefined> {
  const found = await reader.readPeerings(region, { peeringIds: [peeringId] });
  const peering = found.find((each) => each.peeringId === peeringId);
  return peering === undefined ? undefined : peerSideOf(accountId, peering);
}

export function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

export async function notePeerVerdict(
  hint: Extract<Hint, { kind: 'peer-verdict' }>,
  dependencies: RecordDependencies,
): Promise<Pick<RecordSummary, 'noted' | 'dropped'>> {
  const { policy, memory, journal, now } = dependencies;
  const { region, peeringId, peerAccountId, verdict, fault } = hint;
  const side = trusts(policy, peerAccountId) ? await peerSide(dependencies, region, peeringId) : undefined;
  if (side?.accountId !== peerAccountId) {
    const reason = `account ${peerAccountId} is not trusted, or not at the other end of ${peeringId}`;
    journal.warn('event dropped', { peeringId, peerAccountId, reason });
    return { noted: [], dropped: [reason] };
  }
  if (policy.mode === 'enforce') {
    const said = { accountId: peerAccountId, verdict, ...(fault === undefined ? {} : { fault }) };
    await memory.update(region, [peerNote(peeringId, peerNoteValue(said, now()), secondsOf(now()))]);
  }
  return { noted: [`${peerAccountId} says that ${peeringId} is ${verdict}`], dropped: [] };
}

/** @param notes what is remembered of the Region. */
export function recallPeerVerdict(
  { policy, now }: Pick<RecordDependencies, 'policy' | 'now'>,
  notes: ReadonlyMap<string, Note>,
  peeringId: string,
): PeerVerdict | undefined {
  return trustsSomebody(policy) ? peerVerdictIn(notes.get(peerKey(peeringId)), now()) : undefined;
}

/** What the other account may hear is whether packets pass: its product may know no more kinds. */
function packetsOf({ verdict, results }: PeeringHealth): PeerVerdict['verdict'] {
  if (verdict === 'mtu-limited' || verdict === 'misresolved') {
    return 'reachable';
  }
  const somePass = results.some(({ received = 0 }) => received > 0);
  return verdict === 'unreachable' && somePass ? 'lossy' : verdict;
}

/** Lets the account at the other end know how the peering looks from here. */
export async function tellVerdict(
  dependencies: RecordDependencies,
  health: PeeringHealth,
  diagnosis: Diagnosis | undefined,
): Promise<void> {
  if (!trustsSomebody(dependencies.policy)) {
    return;
  }
  const { region, peeringId } = health;
  const side = await peerSide(dependencies, region, peeringId);
  if (side !== undefined) {
    const { hop, direction } = diagnosis?.firstFailure ?? {};
    await tellPeer(dependencies, side, {
      type: 'Connectivity Verdict',
      peeringId,
      detail: { verdict: packetsOf(health), ...(hop === undefined ? {} : { fault: { hop, direction } }) },
    });
  }
}
