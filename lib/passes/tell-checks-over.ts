import { type CheckedAgain, checkedAgainNotification } from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { NOTE_LASTS_SECONDS } from '../messages/news.ts';
import { type CheckOver, checksOver } from './findings-over.ts';
import { watchedIn } from './judged-region.ts';
import type { RegionView } from './region-view.ts';
import { silenceIn, withSilence } from './silenced.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { type Remembering, tellTogether } from './tell-together.ts';

interface CheckOverNews extends Remembering {
  readonly peeringId: string;
  readonly about: CheckedAgain;
}

/** What is told of one peering: an entry for each of its VPCs here, of which the first forgets that people were told. */
function newsOf(
  { accountId, now }: TellDependencies,
  { region, inventory }: RegionView,
  { peeringId, key, note, views }: CheckOver,
): CheckOverNews[] {
  return views.map(({ view, reachability }, index) => ({
    region,
    peeringId,
    updates: index === 0 ? [{ kind: 'forget-note', key }] : [],
    back: index === 0 ? [{ kind: 'note', key, ...note, expiresAt: note.at + NOTE_LASTS_SECONDS }] : [],
    event: connectivityEvent(peeringId, { state: 'checked-again', from: view.local.vpcId }, now()),
    about: {
      ...watchedIn({ inventory }, view.peering, accountId),
      vpcId: view.local.vpcId,
      lastPings: (reachability?.lost.length ?? 0) > 0 ? 'lost' : 'answered',
    },
  }));
}

/** Tells people which peerings are checked again after the check itself had stopped: all of one look in one message, and once. */
export async function tellChecksOver(dependencies: TellDependencies, view: RegionView): Promise<void> {
  const { region, remembered, assessment } = view;
  if (dependencies.policy.mode === 'observe') {
    // No ping is sent, so that nothing is checked again; and nothing may be forgotten.
    return;
  }
  const news = checksOver(remembered, region, assessment.views).flatMap((over) =>
    newsOf(dependencies, view, over),
  );
  const silence = silenceIn(view, dependencies.now());
  const quiet = news.flatMap(({ peeringId, updates, event }) => {
    const silenced = silence({ peeringId });
    return silenced === undefined ? [] : [...updates, ...eventsToRemember([withSilence(event, silenced)])];
  });
  if (quiet.length > 0) {
    await dependencies.memory.update(region, quiet);
  }
  const loud = news.filter(({ peeringId }) => silence({ peeringId }) === undefined);
  await tellTogether(dependencies, loud, () => checkedAgainNotification(loud.map(({ about }) => about)));
}
