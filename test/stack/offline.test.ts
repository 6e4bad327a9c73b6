import { networkRemedy } from '../../build/unreached.ts';
import { describeCutOff } from '../support/cut-off.ts';
import { serverless } from '../support/packaged.ts';

/** `npx serverless deploy` where AWS is not reached. The command of the product: test/cli/offline.test.ts. */

it.each(['getaddrinfo EAI_AGAIN sts.amazonaws.com', 'connect ECONNREFUSED 127.0.0.1:9'])(
  'is told of %s',
  (text) => {
    expect(networkRemedy(new Error(text))).toContain('AWS was not reached.');
  },
);

it.each([
  ['another error', new Error('Stack is in ROLLBACK_COMPLETE state')],
  ['what is no error', 'ENOTFOUND'],
])('is not told of %s', (_, error) => {
  expect(networkRemedy(error)).toBeUndefined();
});

describeCutOff('without a network', (before) => {
  it('it ends, with what to do in one line', async () => {
    const { code, stdout, stderr } = await serverless(
      ['deploy'],
      { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true' },
      before,
    );
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(
      /AWS was not reached\. Look at the network, .*it goes on with what is there\.$/m,
    );
    expect(`${stdout}${stderr}`).not.toMatch(/^\s+at /m);
  });
});
