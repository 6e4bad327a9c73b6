import { npmStart, playWhole } from '../support/npm-start.ts';

describe('npm start', () => {
  it.each([
    // The stack's Region as it comes is played by the other tests: this one is as different as can be. AWS GovCloud: test/pages.
    ['the tutorial in China', ['--region', 'cn-north-1'], 10, '1. server1 pings server2 before any peering'],
    [
      'two accounts in two Regions',
      ['--accounts', '2'],
      9,
      '1. The stack in 210987654321 listens in eu-west-1',
    ],
  ])(
    'deploys, plays every step of %s, and ends with one JSON document on stdout',
    async (_story, args, steps, first) => {
      const stderr = await playWhole(args, steps);
      // What a person watches goes to stderr meanwhile, without colour because it is no terminal.
      expect(stderr).toContain(first);
      expect(stderr).not.toContain('\u001b[');
      expect(stderr).toContain('named VPC-A-to-VPC-B');
      expect(stderr.match(/<- this ping$/gm)).toHaveLength(1);
      // What is said of one account's deployment stands together.
      const accounts = [...stderr.matchAll(/^ *In account (\d{12}):$/gm)].map(([, account = '']) => account);
      const [, ...deployments] = (stderr.split(/^1\. /m)[0] ?? '').split(/^ *In account \d{12}:$/m);
      for (const [index, account] of accounts.entries()) {
        expect(new Set(deployments[index]?.match(/\b\d{12}\b/g))).toEqual(new Set([account]));
      }
      expect(accounts).toHaveLength(args.includes('--accounts') ? 2 : 0);
    },
  );

  it.each([
    ['an option that it does not know', ['--jsn']],
    ['a number of accounts that it has no story for', ['--accounts', '3']],
    ['another home Region for the story of two accounts', ['--accounts', '2', '--region', 'cn-north-1']],
  ])('refuses %s, in one line that says where to look', async (_what, args) => {
    const { code, stderr } = await npmStart(args);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('--help');
  });
});
