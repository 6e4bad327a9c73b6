import type { Place } from '../types.ts';
import type { Form } from './form.ts';
import type { AskMoto } from './moto.ts';
import { items, text } from './xml.ts';

type Tags = Readonly<Record<string, string>>;

/**
 * The tags that each place has set on peerings. moto holds them and looks through all tags of the place to find some;
 * peerings are tagged and read all the time, so theirs are kept here too.
 */
export interface PeeringTags {
  /** By peering; those without tags may be missing. */
  of(place: Place): Promise<ReadonlyMap<string, Tags>>;
  /** A place made a peering with these tags. */
  made(place: Place, peeringId: string, tags: Tags): Promise<void>;
  /** Answers a CreateTags or DeleteTags by `work`, and takes note of what it changes. */
  watch<T extends { readonly status: number }>(place: Place, form: Form, work: () => Promise<T>): Promise<T>;
  /** Something else than the EC2 API may have changed them. */
  invalidate(): void;
}

/** Whether all resources of a call are peerings. */
export function arePeerings(ids: readonly string[]): boolean {
  return ids.length > 0 && ids.every((id) => id.startsWith('pcx-'));
}

function keyOf({ accountId, region }: Place): string {
  return `${accountId}/${region}`;
}

function tagsOf({ parameters }: Form): Tags {
  const tags: Record<string, string> = {};
  for (const [name, key] of parameters) {
    const index = /^Tag\.(\d+)\.Key$/.exec(name)?.[1];
    if (index !== undefined) {
      tags[key] = parameters.get(`Tag.${index}.Value`) ?? '';
    }
  }
  return tags;
}

export function createPeeringTags(ask: AskMoto): PeeringTags {
  const places = new Map<string, Promise<Map<string, Tags>>>();

  async function read(place: Place): Promise<Map<string, Tags>> {
    const answer = await ask(place, {
      Action: 'DescribeTags',
      'Filter.1.Name': 'resource-type',
      'Filter.1.Value.1': 'vpc-peering-connection',
    });
    const tags = new Map<string, Record<string, string>>();
    for (const tag of items(answer, 'tagSet')) {
      const id = text(tag, 'resourceId') ?? '';
      const ofPeering = tags.get(id) ?? {};
      ofPeering[text(tag, 'key') ?? ''] = text(tag, 'value') ?? '';
      tags.set(id, ofPeering);
    }
    return tags;
  }

  async function add(place: Place, ids: readonly string[], tags: Tags): Promise<void> {
    const known = await places.get(keyOf(place));
    for (const id of ids) {
      known?.set(id, { ...known.get(id), ...tags });
    }
  }

  return {
    async of(place) {
      const key = keyOf(place);
      const known = places.get(key) ?? read({ accountId: place.accountId, region: place.region });
      places.set(key, known);
      try {
        return await known;
      } catch (error) {
        places.delete(key);
        throw error;
      }
    },
    made: (place, peeringId, tags) => add(place, [peeringId], tags),
    async watch(place, form, work) {
      let status = 0;
      try {
        const response = await work();
        status = response.status;
        return response;
      } finally {
        if (status === 200 && form.action === 'CreateTags') {
          await add(
            place,
            form.list('ResourceId').filter((id) => arePeerings([id])),
            tagsOf(form),
          );
        } else {
          // What was deleted, or what a failed call left, only moto can tell.
          places.delete(keyOf(place));
        }
      }
    },
    invalidate: () => places.clear(),
  };
}
