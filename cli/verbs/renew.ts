import { type ProposedRenewal, proposeRenewal } from '../../lib/assessment/renewal.ts';
import { eventsToRemember, renewedEvent } from '../../lib/messages/history.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { Change } from '../../lib/model/change.ts';
import { type Renewal, renewalNote } from '../../lib/model/expiry.ts';
import {
  endOfText,
  endText,
  MAX_EXPIRE_DAYS,
  timeMeant,
  WRITE_A_TIME,
} from '../../lib/policy/expiry-date.ts';
import type { Memory } from '../../lib/ports/memory.ts';
import { HELD_WORDS } from '../../lib/report/held.ts';
import { namesOf } from '../../lib/report/shown-assessment.ts';
import { agrees } from '../agree.ts';
import { callerOf } from '../apply/caller.ts';
import { asTyped } from '../as-typed.ts';
import { type AssessedAccount, type Assessment, assess, tellAssessment } from '../assess.ts';
import { becauseOf, secondsFor } from '../because.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { peeringsRead, regionsRead } from '../nameables.ts';
import { nameAndId } from '../named.ts';
import { findNamed, type Place, refuseOtherKind, tellNamed } from '../naming.ts';
import { shown } from '../output.ts';
import { writeChanges } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { changeOf } from '../rows.ts';
import { refuseUnread } from '../unread.ts';
import type { Invocation, Verb } from '../verb.ts';

type Possible = Extract<ProposedRenewal, { kind: 'possible' }>;

/** All that a renewal takes. */
interface Renewing {
  readonly assessment: Assessment;
  readonly account: AssessedAccount;
  readonly peeringId: string;
  readonly renewal: Renewal;
  readonly registry: Pick<Memory, 'update'>;
  readonly proposed: Possible;
}

const PLACE: Place = {
  name: 'peering renew',
  kinds: ['pcx'],
  what: 'a peering',
  list: 'peering status --sort expires lists those that end.',
  ended: 'never',
};

/** Until when, in seconds since the epoch. @param at now. */
function untilIn(invocation: Invocation, asked: string, at: number): number {
  const { until } = invocation.options;
  const seconds = secondsFor(invocation, MAX_EXPIRE_DAYS * 86_400);
  if ((until === undefined) === (seconds === undefined)) {
    throw new CliError(`Say until when: peering renew ${asTyped(asked)} --for 30d, or --until 2027-03-01.`);
  }
  const end = until === undefined ? at + (seconds ?? 0) : endOfText(until);
  if (end === undefined) {
    const meant = timeMeant(until ?? '');
    throw new CliError(
      `--until ${shown(until ?? '', 60)} is no time; ${WRITE_A_TIME}.${meant === undefined ? '' : ` Did you mean ${shown(meant, 60)}?`}`,
    );
  }
  return end;
}

async function registryOf({ source }: Assessment): Promise<Pick<Memory, 'update'>> {
  refuseUnread(source, 'Nothing was renewed.');
  const registry = await source.memory?.();
  if (registry === undefined) {
    throw new CliError(
      'Nothing was renewed: no stack was found, and it is the stack that ends peerings. Deploy it (peering deploy), or name its --stage or --region.',
    );
  }
  return registry;
}

async function openRenewing(
  invocation: Invocation,
  {
    asked,
    because,
    agreedUntil,
  }: { readonly asked: string; readonly because: string; readonly agreedUntil?: number },
): Promise<Renewing> {
  const at = Math.floor(Date.now() / 1000);
  const until = agreedUntil ?? untilIn(invocation, asked, at);
  const assessment = await assess(invocation, policiesOf(invocation));
  tellAssessment(invocation, assessment);
  const [account] = assessment.accounts;
  if (account === undefined) {
    throw new CliError('There is no account in which anything could be renewed.');
  }
  const found = findNamed(asked, peeringsRead(account, invocation.options), PLACE, regionsRead(account));
  tellNamed(invocation, found);
  const { id: peeringId } = found;
  const registry = await registryOf(assessment);
  const renewal: Renewal = { by: await callerOf(assessment), because, at, until };
  const proposed = proposeRenewal({ ...account, now: new Date(at * 1000) }, peeringId, renewal);
  if (proposed.kind === 'refused') {
    throw new CliError(`${peeringId} is not renewed. ${shown(proposed.why, 2000)}`);
  }
  return { assessment, account, peeringId, renewal, registry, proposed };
}

/** What follows, in the words of a plan. */
function writeOutlook({ assessment, account, peeringId, proposed }: Renewing, { output }: Invocation): void {
  output.line(output.paint(nameAndId(assessment, peeringId), 'bold'));
  for (const { view, before, after } of proposed.sides) {
    const { local, region } = view.view;
    output.line(
      `  from ${local.vpcId} (${region}): ${before.state === 'over' ? 'ended' : 'ends'} ${endText(before.at)}; then ${after === undefined ? 'never' : endText(after.at)}`,
    );
  }
  output.line();
  const { accountId } = account;
  writeChanges(
    {
      accounts: [account],
      names: namesOf(account.state.regions),
      changes: proposed.changes.map((change) => ({ ...change, accountId })),
      options: [],
      heldOptions: [],
    },
    output,
  );
  output.line();
}

/** Each Region judges its own side; what happened once is in the history once. */
async function remember({ peeringId, renewal, registry, proposed }: Renewing): Promise<void> {
  const event = renewedEvent(peeringId, renewal);
  for (const [index, region] of proposed.regions.entries()) {
    try {
      await registry.update(region, [
        renewalNote(peeringId, renewal),
        ...(index === 0 ? eventsToRemember([event]) : []),
      ]);
    } catch (error) {
      const done = proposed.regions.slice(0, index);
      throw new CliError(
        `It could not be written to the registry for ${region}: ${shown(classifyAwsError(error).message, 600)} ${done.length === 0 ? 'Nothing was renewed.' : `It is renewed in ${done.join(', ')} only; run it again.`} docs/cli.md names the permissions.`,
        { cause: error },
      );
    }
  }
}

function documentOf({ account, peeringId, renewal, proposed }: Renewing): Document<'renew'> {
  const { accountId } = account;
  return {
    peeringId,
    by: renewal.by,
    because: renewal.because,
    until: new Date(renewal.until * 1000).toISOString(),
    regions: [...proposed.regions],
    sides: proposed.sides.map(({ view: { view }, before, after }) => ({
      region: view.region,
      localVpc: view.local.vpcId,
      before: new Date(before.at * 1000).toISOString(),
      after: after === undefined ? null : new Date(after.at * 1000).toISOString(),
    })),
    changes: proposed.changes.map((change) => changeOf({ ...change, accountId })),
  };
}

/** What becomes of the routes that come back, so far as something does. */
function routesText(changes: readonly Change[]): string | undefined {
  if (changes.length === 0) {
    return undefined;
  }
  const held = new Set(changes.flatMap(({ heldBy }) => (heldBy === undefined ? [] : [HELD_WORDS[heldBy]])));
  return changes.some(({ heldBy }) => heldBy === undefined)
    ? 'The stack makes its routes with the next sweep; peering status shows them.'
    : `Its routes are not made as long as that is held: ${[...held].join('; ')}.`;
}

/** Gives a peering more time. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const [asked = ''] = invocation.positionals;
  refuseOtherKind(asked, PLACE);
  const because = becauseOf(invocation);
  if (because === undefined) {
    throw new CliError(`Say why, for the history: peering renew ${asTyped(asked)} --for 30d --because "…".`);
  }
  const first = await openRenewing(invocation, { asked, because });
  const { peeringId } = first;
  const called = nameAndId(first.assessment, peeringId);
  if (!options.json) {
    writeOutlook(first, invocation);
  }
  const until = endText(first.renewal.until);
  if (!(await agrees(invocation, `Renew ${called} until ${until}?`, 'peering status --sort expires'))) {
    return 1;
  }
  // Between question and answer it may have been deleted, or the policy changed.
  const renewing = options.yes
    ? first
    : await openRenewing(invocation, { asked: peeringId, because, agreedUntil: first.renewal.until });
  progress.doing('Writing it to the registry');
  await remember(renewing);
  progress.done();
  if (options.json) {
    output.json(documentOf(renewing));
  } else {
    output.line(`${called} renewed until ${until} by ${shown(renewing.renewal.by)}`);
    const follows = routesText(renewing.proposed.changes);
    if (follows !== undefined) output.line(follows);
  }
  return 0;
};
