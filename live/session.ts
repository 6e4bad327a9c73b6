import { enabledRegions, openPlace, type Place, type RegionChoice } from './account.ts';
import { NotTried } from './not-tried.ts';
import { hasNoCredentials, refusalOf } from './refusals.ts';

/** Whom to ask, and where. */
export interface Session {
  readonly home: Place & { readonly arn: string };
  /** Each of these is a place, or why there is none. */
  readonly other: Place | NotTried;
  readonly optedInto: Place | NotTried;
  readonly peer: Place | NotTried;
}

export interface SessionOptions {
  readonly region: string;
  readonly otherRegion?: string;
  readonly peerProfile?: string;
}

/** `us-east-1` and `us-east-2` before `us-east-1` and `ap-south-1`: near, and in nobody's way. */
function nearest(region: string, regions: readonly RegionChoice[]): string | undefined {
  const area = region.split('-')[0];
  const others = regions.filter((each) => each.region !== region && each.optIn === 'not required');
  return (others.find((each) => each.region.split('-')[0] === area) ?? others[0])?.region;
}

async function notTriedOr<T>(region: string, open: () => Promise<T>): Promise<T | NotTried> {
  try {
    return await open();
  } catch (error) {
    const { why, remedy } = refusalOf(error, region);
    return new NotTried(why, remedy, { cause: error });
  }
}

function otherRegion(
  home: Place,
  regions: readonly RegionChoice[] | NotTried,
  asked: string | undefined,
): Place | NotTried {
  if (asked === home.region) {
    return new NotTried(`--other-region is ${asked} as well.`, 'Name another one.');
  }
  if (regions instanceof NotTried) {
    return asked === undefined ? regions : home.in(asked);
  }
  const enabled = asked === undefined || regions.some(({ region }) => region === asked);
  if (!enabled) {
    return new NotTried(
      `The account has not enabled the Region ${asked}.`,
      `It has ${regions.map(({ region }) => region).join(', ')}: name one with --other-region.`,
    );
  }
  const region = asked ?? nearest(home.region, regions);
  return region === undefined
    ? new NotTried('The account has enabled no other Region.', 'Enable one: Account, AWS Regions.')
    : home.in(region);
}

function optedIntoRegion(home: Place, regions: readonly RegionChoice[] | NotTried): Place | NotTried {
  if (regions instanceof NotTried) {
    return regions;
  }
  const first = regions.find(({ optIn, region }) => optIn === 'opted-in' && region !== home.region);
  return first === undefined
    ? new NotTried(
        'The account has enabled no Region that has to be opted into.',
        'Enable one, such as af-south-1: Account, AWS Regions. It can be disabled again.',
      )
    : home.in(first.region);
}

async function openPeer(home: Place, profile: string | undefined): Promise<Place | NotTried> {
  if (profile === undefined) {
    return new NotTried(
      'It needs a second account.',
      'Name a profile of your AWS settings that is of another account: --peer-profile NAME.',
    );
  }
  const peer = await notTriedOr(home.region, () => openPlace(home.region, { profile }));
  if (peer instanceof NotTried && hasNoCredentials(peer.cause)) {
    return new NotTried(
      'The profile of --peer-profile gives no credentials that can be used.',
      'aws configure list-profiles shows what there is; aws sso login --profile NAME signs in.',
    );
  }
  return !(peer instanceof NotTried) && peer.accountId === home.accountId
    ? new NotTried('The profile of --peer-profile is of the same account.', 'Name one of another account.')
    : peer;
}

/** @throws AWS errors, where the account itself cannot be asked */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { region, peerProfile } = options;
  const home = await openPlace(region, {});
  const [regions, peer] = await Promise.all([
    notTriedOr(region, () => enabledRegions(home)),
    openPeer(home, peerProfile),
  ]);
  return {
    home,
    other: otherRegion(home, regions, options.otherRegion),
    optedInto: optedIntoRegion(home, regions),
    peer,
  };
}

/** Where something may have been made. */
export function placesOf({ home, other, optedInto, peer }: Session): readonly Place[] {
  return [home, other, optedInto, peer].flatMap((place) => (place instanceof NotTried ? [] : [place]));
}
