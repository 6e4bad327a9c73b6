import { frozenNotification, type Thaw, thawedNotification } from '../messages/freeze.ts';
import { eventsToRemember, freezeEvent } from '../messages/history.ts';
import { freezeIn, frozenText, thawIn } from '../model/freeze.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { RegionView } from './region-view.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { once } from './tell-once.ts';

/** What people were told of a freeze. Several Regions that are frozen together are told of by the first. */
const TOLD_KEY = 'freeze-told';
const TOLD_HERE = 'here ';
const TOLD_ELSEWHERE = 'elsewhere ';

type Dependencies = Pick<
  SyncDependencies,
  'accountId' | 'policy' | 'managedRegions' | 'memory' | 'topic' | 'now'
>;

/** The managed Regions that are frozen by the same act, in order. */
async function frozenWith(
  { memory, managedRegions, now }: Dependencies,
  region: string,
  text: string,
): Promise<string[]> {
  const isSame = async (each: string) => {
    const freeze = each === region ? undefined : freezeIn((await memory.read(each)).notes, now());
    return each === region || (freeze !== undefined && frozenText(freeze) === text);
  };
  const regions = [...managedRegions].sort();
  const same = await Promise.all(regions.map(isSame));
  return regions.filter((_, index) => same[index]);
}

/** Tells people once that a Region is frozen, by whom and why. */
async function tellBegin(dependencies: Dependencies, { region }: RegionView, text: string): Promise<void> {
  const { memory, topic, accountId, now } = dependencies;
  const freeze = freezeIn((await memory.read(region)).notes, now());
  if (freeze === undefined) {
    return;
  }
  const regions = await frozenWith(dependencies, region, text);
  const isTeller = regions[0] === region;
  const value = `${isTeller ? `${TOLD_HERE}${regions.join(',')} ` : TOLD_ELSEWHERE}${text}`;
  const note: MemoryUpdate = { kind: 'note', key: TOLD_KEY, value, at: Math.floor(now().getTime() / 1000) };
  await once(memory, region, [note], async () => {
    if (isTeller) {
      await topic.notify(frozenNotification(freeze, { accountId, regions }));
    }
  });
}

/** Tells people once that it is over, and who ended it; the history has that already, unless its time was over. */
async function tellEnd(
  { memory, topic, accountId, now }: Dependencies,
  { region }: RegionView,
  toldFreeze: { readonly value: string; readonly at: number },
  thaw: Thaw | undefined,
): Promise<void> {
  const [, regions = '', text = ''] = /^here (\S+) (.*)$/s.exec(toldFreeze.value) ?? [];
  await memory.update(region, [{ kind: 'forget-note', key: TOLD_KEY }]);
  if (text === '') {
    return;
  }
  try {
    await topic.notify(thawedNotification(text, thaw, { accountId, regions: regions.split(',') }));
  } catch (error) {
    await memory.update(region, [{ kind: 'note', key: TOLD_KEY, ...toldFreeze }]);
    throw error;
  }
  if (thaw === undefined) {
    const event = freezeEvent({ what: 'The freeze is over: its time has passed.', why: text }, now());
    await memory.update(region, eventsToRemember([event]));
  }
}

/** Tells people when a freeze begins and when it ends. Observing, nothing is written anyway, and nothing can be remembered. */
export async function tellFreeze(dependencies: Dependencies, view: RegionView): Promise<void> {
  if (dependencies.policy.mode === 'observe') {
    return;
  }
  const { notes } = view.remembered;
  const freeze = freezeIn(notes, dependencies.now());
  const toldFreeze = notes.get(TOLD_KEY);
  if (freeze === undefined) {
    if (toldFreeze !== undefined) await tellEnd(dependencies, view, toldFreeze, thawIn(notes));
    return;
  }
  const text = frozenText(freeze);
  if (toldFreeze === undefined || !toldFreeze.value.endsWith(` ${text}`)) {
    await tellBegin(dependencies, view, text);
  }
}
