import { policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { parsePolicy } from '../../lib/policy/load.ts';

function fingerprintOf(text: string): string {
  return policyFingerprint(parsePolicy(text, 'test').policy);
}

const POLICY = `version: 1
rules:
  - name: own
    effect: accept
    local: { tags: { Environment: prod, Team: net } }
    remote: { accounts: [self] }
`;

it('is the same for what means the same: comments, order of keys, defaults written out', () => {
  const other = `# the policy
rules:
  - remote: { accounts: [self] }
    local: { tags: { Team: net, Environment: prod }, cidrs: [] }
    effect: accept
    name: own
mode: enforce
version: 1
`;
  expect(fingerprintOf(other)).toBe(fingerprintOf(POLICY));
  expect(fingerprintOf(POLICY)).toMatch(/^[0-9a-f]{64}$/);
});

it.each([
  ['a tag', POLICY.replace('prod', 'test')],
  ['an effect', POLICY.replace('accept', 'hold')],
  ['a mode', `${POLICY}mode: observe\n`],
  ['another rule', `${POLICY}  - { name: more, effect: hold }\n`],
])('changes with %s', (_what, text) => {
  expect(fingerprintOf(text)).not.toBe(fingerprintOf(POLICY));
});
