import { accountSelection } from '../../cli/accounts.ts';

describe('--accounts', () => {
  it('takes all, organizational units and accounts, and leaves out those with a minus', () => {
    expect(accountSelection('all, -333333333333')).toEqual({
      everything: true,
      units: [],
      accounts: [],
      without: ['333333333333'],
    });
    expect(accountSelection('ou-ab12-cdef3456,r-ab12,111111111111')).toEqual({
      everything: false,
      units: ['ou-ab12-cdef3456', 'r-ab12'],
      accounts: ['111111111111'],
      without: [],
    });
  });

  it.each(['All', '12345', 'ou-ab12', 'all;111111111111', '--111111111111'])('does not take %s', (text) => {
    expect(() => accountSelection(text)).toThrow(/is neither all, nor an organizational unit/);
  });

  it.each(['', ',', '-111111111111'])('needs something to look at: %j', (text) => {
    expect(() => accountSelection(text)).toThrow('names no account to look at');
  });
});
