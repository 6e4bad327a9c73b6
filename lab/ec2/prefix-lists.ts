import type { Place } from '../types.ts';
import type { Ec2Action } from './call.ts';
import { Ec2Error } from './errors.ts';
import { type FilterFields, filterTest, readFilters, validateFilterNames } from './filters.ts';
import type { AskMoto } from './moto.ts';
import { pageOf } from './paging.ts';
import { answer, items, list, tagsIn, text, type XmlNode } from './xml.ts';

/** Filter names of DescribeManagedPrefixLists, with the element that each looks at. */
const FIELDS: Readonly<Record<string, string>> = {
  'owner-id': 'ownerId',
  'prefix-list-id': 'prefixListId',
  'prefix-list-name': 'prefixListName',
};

/** What `MaxResults` may be in both calls (EC2 API reference). */
const LIMITS = { least: 1, most: 100 };

function fieldsOf(prefixList: XmlNode): FilterFields {
  return Object.fromEntries(
    Object.entries(FIELDS).map(([name, element]) => [name, [text(prefixList, element)]]),
  );
}

function unknown(id: string): Ec2Error {
  return new Ec2Error('InvalidPrefixListID.NotFound', `The prefix list ID '${id}' does not exist`);
}

/** Filters, pages and refusals that moto lacks. */
export function createPrefixListActions({
  ask,
}: {
  readonly ask: AskMoto;
}): Readonly<Record<string, Ec2Action>> {
  async function all({ accountId, region }: Place): Promise<readonly XmlNode[]> {
    return items(await ask({ accountId, region }, { Action: 'DescribeManagedPrefixLists' }), 'prefixListSet');
  }

  const describe: Ec2Action = async ({ request, form }) => {
    const filters = readFilters(form);
    validateFilterNames(filters, Object.keys(FIELDS));
    const ids = form.list('PrefixListId');
    const known = await all(request);
    const missing = ids.find((id) => !known.some((each) => text(each, 'prefixListId') === id));
    if (missing !== undefined) {
      throw unknown(missing);
    }
    const passes = filterTest(filters);
    const page = pageOf(
      known.filter(
        (each) =>
          (ids.length === 0 || ids.includes(text(each, 'prefixListId') ?? '')) &&
          passes(fieldsOf(each), tagsIn(each, 'tagSet')),
      ),
      (each) => text(each, 'prefixListId') ?? '',
      { form, limits: LIMITS, asked: [JSON.stringify(filters), ...ids] },
    );
    return answer(form.action, {
      prefixListSet: list(page.members),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    });
  };

  const entries: Ec2Action = async ({ request, form }) => {
    const { accountId, region } = request;
    const id = form.required('PrefixListId');
    const version = form.get('TargetVersion');
    if (!(await all(request)).some((each) => text(each, 'prefixListId') === id)) {
      throw unknown(id);
    }
    const answered = await ask(
      { accountId, region },
      {
        Action: 'GetManagedPrefixListEntries',
        PrefixListId: id,
        ...(version === undefined ? {} : { TargetVersion: version }),
      },
    );
    const page = pageOf(items(answered, 'entrySet'), (each) => text(each, 'cidr') ?? '', {
      form,
      limits: LIMITS,
      asked: [id, version ?? ''],
    });
    return answer(form.action, {
      entrySet: list(page.members),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    });
  };

  return { DescribeManagedPrefixLists: describe, GetManagedPrefixListEntries: entries };
}
