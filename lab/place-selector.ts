import type { Place } from './types.ts';

/** What `account` and `region` of a query leave: whichever is absent leaves all. */
export function selectedBy(query: URLSearchParams): (place: Place) => boolean {
  const account = query.get('account');
  const region = query.get('region');
  return (place) =>
    (account ?? place.accountId) === place.accountId && (region ?? place.region) === place.region;
}
