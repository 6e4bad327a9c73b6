import type { PeeringSide } from '../../lib/model/peering.ts';
import { policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { appliedChanges } from '../../lib/report/held.ts';
import { appliedPairs } from '../../lib/report/pairs.ts';
import { answeredRequests } from '../../lib/report/shown-assessment.ts';
import type { Assessment } from '../assess.ts';
import { pairText } from '../connections.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { changeOf } from '../rows.ts';
import type { Invocation } from '../verb.ts';
import { commandVersion } from '../version.ts';

export type PlanFile = Document<'plan-file'>;

function sideOf({ accountId, region, vpcId, cidrs }: PeeringSide): PlanFile['requests'][number]['requester'] {
  return { accountId, region, vpcId, cidrs: [...cidrs].sort() };
}

function requestsOf(assessment: Assessment): PlanFile['requests'] {
  return answeredRequests(assessment).map(({ view: { peering }, decision }) => ({
    region: peering.accepter.region,
    peeringId: peering.peeringId,
    answer: decision.decision === 'accept' ? 'accept' : 'reject',
    rule: decision.rule ?? null,
    requester: sideOf(peering.requester),
    accepter: sideOf(peering.accepter),
  }));
}

function changesOf({ changes }: Assessment): PlanFile['changes'] {
  return appliedChanges(changes).map((change) => ({
    ...changeOf(change),
    seen: change.seen === undefined ? null : { target: change.seen.target.id, state: change.seen.state },
  }));
}

/**
 * What `peering apply` would do of an assessment, with all that it rests on. Of one account: `apply` works in one.
 *
 * @throws CliError for several accounts, and for none.
 */
export function planFileOf(
  assessment: Assessment,
  { options }: Pick<Invocation, 'options'>,
  now: Date,
): PlanFile {
  const [account, second] = assessment.accounts;
  if (account === undefined || second !== undefined) {
    throw new CliError(
      account === undefined
        ? 'Nothing could be read, so there is no plan to write.'
        : 'A plan file is of one account, as peering apply works in one. Make one for each: with --account ID of a snapshot, or with the credentials of each account.',
    );
  }
  const { accountId, policy, policyFile, scopes } = account;
  const { selected } = assessment;
  const pairs = appliedPairs(assessment);
  return {
    kind: 'peering-plan',
    formatVersion: 1,
    madeAt: now.toISOString(),
    madeBy: commandVersion(),
    accountId,
    stage: options.stage ?? DEFAULT_STAGE,
    policy: { file: policyFile, fingerprint: policyFingerprint(policy) },
    regions: scopes.map(({ scope }) => scope.region),
    only: { regions: [...new Set(selected.region)].sort(), vpcs: [...new Set(selected.vpc)].sort() },
    requests: requestsOf(assessment),
    changes: changesOf(assessment),
    ...(pairs.length === 0 ? {} : { connections: pairs.map(pairText).sort() }),
    peeringOptions: assessment.options.map(({ settable: _, other: __, ...option }) => option),
  };
}
