import { fieldsOf } from '../../lib/model/json.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { ACCOUNT, type Place } from './places.ts';
import type { SavedFiles } from './saved-files.ts';
import { PEERINGS_FILE, TABLES_FILE, VPCS_FILE } from './snapshot-files.ts';

/** Whose saved answers are: what stands under another account's name would be judged as that account's. */

export type FiledPlace = Place & { readonly files: SavedFiles };

function accountIn(value: unknown): string[] {
  return typeof value === 'string' && ACCOUNT.test(value) ? [value] : [];
}

/** The owners of the route tables and VPCs. Most files name one; of shared subnets others own the table. */
function ownersIn({ files }: FiledPlace): Set<string> {
  const owners = new Set<string>();
  for (const file of [TABLES_FILE, VPCS_FILE]) {
    for (const item of file === TABLES_FILE || files.has(file) ? files.list(file) : []) {
      for (const owner of accountIn(fieldsOf(item).OwnerId)) owners.add(owner);
    }
  }
  return owners;
}

/** For each peering, who owns which of its sides in which Region. */
function sidesIn({ files }: FiledPlace): (readonly { readonly owner: string; readonly region: unknown }[])[] {
  return files.list(PEERINGS_FILE).map((item) => {
    const { RequesterVpcInfo, AccepterVpcInfo } = fieldsOf(item);
    return [RequesterVpcInfo, AccepterVpcInfo].flatMap((info) => {
      const { OwnerId, Region } = fieldsOf(info);
      return accountIn(OwnerId).map((owner) => ({ owner, region: Region }));
    });
  });
}

/** The accounts that have a side of every peering. */
function commonOwners(sides: ReturnType<typeof sidesIn>): string[] {
  const [first = [], ...rest] = sides;
  return [...new Set(first.map(({ owner }) => owner))]
    .filter((owner) => rest.every((each) => each.some((side) => side.owner === owner)))
    .sort();
}

/** Whose `DIR/<region>` it is: the owner of the route tables, if there is only one; else of all the peerings. */
export function ownerOf(directory: string, places: readonly FiledPlace[]): string {
  const named = new Set(places.flatMap((place) => [...ownersIn(place)]));
  const owners = named.size > 0 ? [...named].sort() : commonOwners(places.flatMap(sidesIn));
  const [first, second] = owners;
  if (first !== undefined && second === undefined) {
    return first;
  }
  throw new CliError(
    first === undefined
      ? `No file in ${shown(directory)} says whose account it is. Name it: --account 123456789012.`
      : `The files in ${shown(directory)} are about several accounts (${owners.join(', ')}). Name yours: --account ${first}.`,
  );
}

function remedyFor(directory: string, accountId: string, owners: readonly string[]): string {
  const [owner] = owners;
  return owner === undefined
    ? `Save it again with the credentials of ${accountId}.`
    : directory.includes(accountId)
      ? `Name the directory accounts/${owner}, or save it again with the credentials of ${accountId}.`
      : `Say whose it is: --account ${owner}, or save it again with the credentials of ${accountId}.`;
}

/** @throws CliError when an account is said to own what another one does, or a Region to hold what lies in another. */
export function validateOwner(place: FiledPlace, accountId: string): void {
  const { directory, region } = place;
  const owners = [...ownersIn(place)].sort();
  if (owners.length > 0 && !owners.includes(accountId)) {
    throw new CliError(
      `${shown(directory)} is not of account ${accountId}: its route tables and VPCs belong to ${owners.join(', ')}. ${remedyFor(directory, accountId, owners)}`,
    );
  }
  const sides = sidesIn(place);
  const own = sides.flat().filter(({ owner }) => owner === accountId);
  if (sides.some((each) => each.length > 0) && own.length === 0) {
    const common = commonOwners(sides);
    const whose = common.length === 0 ? '' : `; ${common.join(' and ')} has one of each`;
    throw new CliError(
      `${shown(directory)} is not of account ${accountId}: none of its peerings has a side there${whose}. ${remedyFor(directory, accountId, common)}`,
    );
  }
  const regions = [...new Set(own.map((side) => side.region))];
  if (own.length > 0 && regions.every((each) => typeof each === 'string' && each !== region)) {
    throw new CliError(
      `${shown(directory)} is not of ${region}: the sides that account ${accountId} has in its peerings lie in ${regions
        .map(String)
        .map((each) => shown(each, 40))
        .join(', ')}. Name the directory after their Region, or save it again.`,
    );
  }
}
