import type { EC2Client } from '@aws-sdk/client-ec2';
import { prefixListFrom } from '../../lib/aws/mapping.ts';
import { readPrefixLists } from '../../lib/aws/prefix-lists.ts';
import { awsError } from '../support/memory-ec2.ts';

describe('a prefix list', () => {
  it.each([
    [{ PrefixListId: 'pl-1', PrefixListName: 'office', OwnerId: '111111111111', MaxEntries: 10 }, 'customer'],
    [{ PrefixListId: 'pl-1', PrefixListName: 'office', OwnerId: 'AWS' }, 'aws'],
    [{ PrefixListId: 'pl-1', PrefixListName: 'com.amazonaws.eu-west-1.s3' }, 'aws'],
    [{ PrefixListId: 'pl-1' }, 'customer'],
  ])('%j is of %s', (list, owner) => {
    expect(prefixListFrom(list)).toMatchObject({ prefixListId: 'pl-1', owner });
  });

  it('has the name that its owner gave it, nothing in it that a terminal obeys', () => {
    expect(prefixListFrom({ PrefixListId: 'pl-1', PrefixListName: 'a\u001b[2J' }).name).not.toContain(
      '\u001b',
    );
    expect(prefixListFrom({ PrefixListId: 'pl-1' }).name).toBe('pl-1');
  });
});

/** EC2 with these lists; a call throws while `fail` answers with an error. */
function ec2(fail: (call: string, id: string) => Error | undefined) {
  const calls: string[] = [];
  const send = async ({
    input,
    constructor: { name },
  }: {
    readonly input: { readonly PrefixListId?: string };
    readonly constructor: { readonly name: string };
  }) => {
    const call = name.replace(/Command$/, '');
    const id = input.PrefixListId ?? '';
    calls.push(`${call} ${id}`.trim());
    const error = fail(call, id);
    if (error !== undefined) throw error;
    return call === 'DescribeManagedPrefixLists'
      ? {
          PrefixLists: ['pl-1', 'pl-2'].map((PrefixListId) => ({
            PrefixListId,
            OwnerId: '1',
            MaxEntries: 5,
          })),
        }
      : { Entries: [{ Cidr: '10.0.0.0/8' }] };
  };
  return { calls, client: { send } as unknown as EC2Client };
}

const DENIED = awsError('UnauthorizedOperation', 'You may not', 403);
const THROTTLED = awsError('RequestLimitExceeded', 'slow', 503);

describe('lists that cannot be read', () => {
  it('for good come with the problem, and the others as they are', async () => {
    const { client } = ec2((call, id) =>
      call === 'GetManagedPrefixListEntries' && id === 'pl-1' ? DENIED : undefined,
    );
    const [denied, fine] = await readPrefixLists(client, 'eu-west-1', ['pl-1', 'pl-2']);
    expect(denied).toMatchObject({
      prefixListId: 'pl-1',
      maxEntries: 5,
      problem: expect.stringContaining('pl-1'),
    });
    expect(denied).not.toHaveProperty('cidrs');
    expect(fine).toMatchObject({ prefixListId: 'pl-2', cidrs: ['10.0.0.0/8'] });
    expect(fine).not.toHaveProperty('problem');
  });

  it('all come with the problem where the account may not even list them', async () => {
    const { client, calls } = ec2(() => DENIED);
    const lists = await readPrefixLists(client, 'eu-west-1', ['pl-1', 'pl-2']);
    expect(lists.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('You may not'),
      expect.stringContaining('You may not'),
    ]);
    expect(calls).toEqual(['DescribeManagedPrefixLists']);
  });

  it.each(['DescribeManagedPrefixLists', 'GetManagedPrefixListEntries'])(
    'for now (%s) fail the read',
    async (failing) => {
      const { client } = ec2((call) => (call === failing ? THROTTLED : undefined));
      await expect(readPrefixLists(client, 'eu-west-1', ['pl-1'])).rejects.toThrow(`${failing} of pl-1`);
    },
  );
});
