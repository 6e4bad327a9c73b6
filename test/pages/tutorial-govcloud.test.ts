import { playWhole } from '../support/npm-start.ts';

/** `npm start -- --region us-gov-west-1`, as docs/regions-and-accounts.md says. `npm test` plays China, and the Region of the stack as it comes. */

jest.setTimeout(600_000);

it('the stack is deployed in us-gov-west-1, and every step of the tutorial holds there', async () => {
  const stderr = await playWhole(['--region', 'us-gov-west-1'], 10);
  expect(stderr).toContain('1. server1 pings server2 before any peering');
  expect(stderr).toContain('us-gov-west-1');
});
