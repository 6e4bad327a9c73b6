import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { organizationNeedsOf, spokeUnitsOf } from '../../lib/policy/organization.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { AccountSelection } from '../accounts.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import type { SourcePolicies } from '../policy.ts';
import { lazyConnectivity } from './lazy-connectivity.ts';
import { covers, readNotRead } from './not-read.ts';
import { type FiledPlace, ownerOf, validateOwner } from './owners.ts';
import { type Place, placesIn } from './places.ts';
import { type AskedRegions, regionsManaged, regionsRead } from './reach.ts';
import { namedPlans, readAddressPlan } from './saved-address-plan.ts';
import { createSavedFiles } from './saved-files.ts';
import { readSavedMemory } from './saved-memory.ts';
import { readOrganization, readUnits } from './saved-organization.ts';
import { createSavedReader, type SavedPlace } from './saved-reader.ts';
import type { Scope, Source, Unread } from './types.ts';

export interface SnapshotOptions extends AskedRegions {
  readonly account?: string;
  /** Left out: every account that the snapshot holds. */
  readonly accounts?: AccountSelection;
}

type OwnedPlace = FiledPlace & { readonly accountId: string };

/** Whether `--account` or `--accounts` means it. */
function isAsked(accountId: string, { account, accounts }: SnapshotOptions): boolean {
  if (accounts === undefined) {
    return account === undefined || accountId === account;
  }
  const { everything, without } = accounts;
  return (everything || accounts.accounts.includes(accountId)) && !without.includes(accountId);
}

/** What the policies and options select of a snapshot, with whose it is. */
function selectPlaces(
  directory: string,
  policies: SourcePolicies,
  options: SnapshotOptions,
  note: (text: string) => void,
): OwnedPlace[] {
  const everywhere = placesIn(directory);
  const filed = everywhere.map((place) => ({ ...place, files: createSavedFiles(place, note) }));
  const maybe = filed.filter(
    ({ accountId, region }) =>
      accountId !== undefined ||
      policies.all.length === 0 ||
      policies.all.some((policy) => {
        const regions = regionsRead(policy, options);
        return regions.length === 0 || regions.includes(region);
      }),
  );
  const unnamed = maybe.filter(({ accountId }) => accountId === undefined);
  const owner = unnamed.length === 0 ? undefined : (options.account ?? ownerOf(directory, unnamed));
  const named = maybe.flatMap(({ accountId = owner, ...place }): OwnedPlace[] =>
    accountId === undefined ? [] : [{ ...place, accountId }],
  );
  const ofAccount = named.filter(({ accountId }) => isAsked(accountId, options));
  const selected = ofAccount.filter(({ accountId, region }) => {
    const regions = regionsRead(policies.of(accountId), options);
    return regions.length === 0 || regions.includes(region);
  });
  const asked = [
    ...new Set(ofAccount.flatMap(({ accountId }) => regionsRead(policies.of(accountId), options))),
  ];
  validateSelected(directory, { everywhere, named, ofAccount, selected, asked }, options);
  return selected;
}

function validateSelected(
  directory: string,
  {
    everywhere,
    named,
    ofAccount,
    selected,
    asked,
  }: {
    readonly everywhere: readonly Place[];
    readonly named: readonly OwnedPlace[];
    readonly ofAccount: readonly OwnedPlace[];
    readonly selected: readonly OwnedPlace[];
    readonly asked: readonly string[];
  },
  { account, regions, reach }: SnapshotOptions,
): void {
  const inSnapshot = [...new Set(everywhere.map(({ region }) => region))].sort().join(', ');
  if (selected.length > 0) {
    const missing = regions.find((asked) => !everywhere.some(({ region }) => region === asked));
    if (missing !== undefined && reach === 'managed-and-asked') {
      throw new CliError(
        `${shown(directory)} holds nothing of ${missing}, which --region names. It holds ${inSnapshot}.`,
      );
    }
    return;
  }
  if (existsSync(join(directory, 'RouteTables.json'))) {
    throw new CliError(
      `${shown(directory)} holds the answers of one Region; --snapshot takes the directory above, which holds Regions: --snapshot ${shown(dirname(directory))}.`,
    );
  }
  if (account !== undefined && ofAccount.length === 0 && named.length > 0) {
    const accounts = [...new Set(named.map(({ accountId }) => accountId))].sort().join(', ');
    throw new CliError(
      `${shown(directory)} holds nothing of account ${shown(account)}. It holds ${accounts}.`,
    );
  }
  const wanted = (asked.length > 0 ? asked : regions).join(', ');
  throw new CliError(
    `${shown(directory)} holds none of the Regions that are asked for (${wanted}). It holds ${inSnapshot}.`,
  );
}

function scopeOf(
  { accountId, region, directory, files }: OwnedPlace,
  policy: Policy,
  { note, filesIn }: Pick<SavedPlace, 'note' | 'filesIn'>,
): Scope {
  const asksTags = policy.rules.some(({ local }) => Object.keys(local.tags).length > 0);
  const reader = createSavedReader({
    accountId,
    region,
    files,
    vpcTags: asksTags ? 'needed' : 'not-needed',
    filesIn,
    note: (text) => note(`${shown(directory)}/${text}`),
  });
  return {
    accountId,
    region,
    reader,
    connectivity: lazyConnectivity(async () => {
      const { createSavedConnectivity } = await import('./saved-connectivity.ts');
      return createSavedConnectivity(region, files);
    }),
    readMemory: async () => readSavedMemory(files),
  };
}

/** Regions that a policy manages, and of which the snapshot holds nothing for an account of which it holds others. */
function missingRegions(
  directory: string,
  { scopes, notRead }: { readonly scopes: readonly Scope[]; readonly notRead: readonly Unread[] },
  policies: SourcePolicies,
  options: SnapshotOptions,
): Unread[] {
  return [...new Set(scopes.map(({ accountId }) => accountId))].flatMap((accountId) =>
    regionsManaged(policies.of(accountId), options)
      .filter(
        (region) =>
          !scopes.some((scope) => scope.accountId === accountId && scope.region === region) &&
          !notRead.some((each) => each.accountId === accountId && covers(each, region)),
      )
      .map((region): Unread => {
        const reason = `${shown(directory)} holds nothing of ${region} of account ${accountId}, which the policy manages: nothing there was looked at. Save the snapshot again.`;
        return { accountId, region, resource: region, reason };
      }),
  );
}

/** What the snapshot holds of other Regions of the account, also of those that are not looked at: peers may be there. */
function otherFiles(
  directory: string,
  { accountId }: Pick<OwnedPlace, 'accountId'>,
  note: (text: string) => void,
): SavedPlace['filesIn'] {
  return (region) => {
    const place = placesIn(directory).find(
      (each) => each.region === region && (each.accountId ?? accountId) === accountId,
    );
    return place === undefined ? undefined : createSavedFiles(place, note);
  };
}

export function openSnapshot(directory: string, policies: SourcePolicies, options: SnapshotOptions): Source {
  const notes: string[] = [];
  const note = (text: string) => {
    if (!notes.includes(text)) notes.push(text);
  };
  const [unit] = options.accounts?.units ?? [];
  if (unit !== undefined) {
    throw new CliError(
      `--accounts ${unit}: a snapshot does not say which accounts an organizational unit has. Name them by their IDs.`,
    );
  }
  const notRead = readNotRead(directory).filter(({ accountId }) => isAsked(accountId, options));
  const places = selectPlaces(directory, policies, options, note).filter(
    ({ accountId, region }) => !notRead.some((each) => each.accountId === accountId && covers(each, region)),
  );
  for (const place of places) {
    validateOwner(place, place.accountId);
  }
  const scopes = places
    .map((place) =>
      scopeOf(place, policies.of(place.accountId), { note, filesIn: otherFiles(directory, place, note) }),
    )
    .sort((a, b) => (`${a.accountId} ${a.region}` < `${b.accountId} ${b.region}` ? -1 : 1));
  const inSnapshot = new Set([...scopes, ...notRead].map(({ accountId }) => accountId));
  const missing = (options.accounts?.accounts ?? [])
    .filter((accountId) => isAsked(accountId, options) && !inSnapshot.has(accountId))
    .map((accountId): Unread => {
      const reason = `Account ${accountId} was not read: ${shown(directory)} holds nothing of it. Save it with peering snapshot --accounts ${accountId} --out ${shown(directory)}.`;
      return { accountId, region: '*', resource: accountId, reason };
    });
  const unread = [
    ...notRead,
    ...missing,
    ...missingRegions(directory, { scopes, notRead }, policies, options),
  ];
  const organization = readOrganization(directory, organizationNeedsOf(policies.all));
  return {
    kind: 'snapshot',
    scopes,
    unread: () => unread,
    notes: () => notes,
    ...(organization === undefined ? {} : { organization }),
    ...(spokeUnitsOf(policies.all).length === 0 ? {} : { units: readUnits(directory) }),
    ...(namedPlans(policies.all).length === 0 ? {} : { addressPlan: readAddressPlan(directory) }),
  };
}
