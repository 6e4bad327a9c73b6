import { readDestination } from '../../lib/network/destination.ts';

describe('the block of a destination', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['2001:DB8:0::/56', '2001:db8::/56'],
  ])('%s is %s', (text, block) => {
    expect(readDestination(text)?.text).toBe(block);
  });

  it.each(['pl-0123456789abcdef0', 'rubbish', '10.0.0.0', ''])('is none for %j', (text) => {
    expect(readDestination(text)).toBeUndefined();
  });
});
