import type { OfTime } from '../messages/expiry.ts';
import { toldEvent } from '../messages/history.ts';
import { BY_POLICY } from '../model/history.ts';
import { newsOfSide, type TimeNews } from './expiry-news.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { type TellHow, type Telling, tellAllNews } from './telling.ts';

/** People are told a week and a day before the time of a peering is over, when it is, and when that was put off: each once. */
export async function tellExpiry(dependencies: TellDependencies, how: TellHow): Promise<void> {
  const { view } = how;
  const { region, assessment, inventory, nameOf } = view;
  const { policy, accountId } = dependencies;
  const now = dependencies.now();
  const together = new Map<string, [TimeNews, ...TimeNews[]]>();
  for (const side of assessment.views) {
    for (const news of side.view.region === region ? newsOfSide(side, view, now) : []) {
      const key = `${side.view.peering.peeringId} ${news.same}`;
      const group = together.get(key);
      if (group === undefined) together.set(key, [news]);
      else group.push(news);
    }
  }
  const tellings = [...together.values()].map((group): Telling => {
    const [{ side, key, message }] = group;
    const { peering } = side.view;
    const about: OfTime = {
      peering,
      region,
      accountId,
      tagPrefix: policy.tagPrefix,
      rule: policy.rules.find(({ name }) => name === side.decision.rule) ?? {},
      now,
      nameOf,
      cidrsOf: (vpcId) => inventory.vpcs.get(vpcId)?.cidrs,
    };
    return {
      key,
      about: { peeringId: peering.peeringId },
      news: { isNews: true, updates: group.flatMap(({ updates }) => updates) },
      message: () =>
        message(
          about,
          group.map((each) => each.side),
        ),
      events: ({ subject }) => [
        toldEvent(
          'expiry',
          peering.peeringId,
          { subject, why: side.decision.reasons.join(' '), by: BY_POLICY },
          now,
        ),
      ],
    };
  });
  await tellAllNews(dependencies, how, tellings, {
    of: 'message',
    where: `about the time of VPC peerings in ${accountId} (${region})`,
    rest: 'Run "peering status --sort expires" to see them.',
  });
}
