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

it('stays what it was in earlier versions, so that an update does not look like another policy', () => {
  expect(policyFingerprint({ b: [{ d: 1, c: null }, 'x'], a: { z: true, y: undefined } } as never)).toBe(
    '06ba93c44fd896f3f8dc735d047796d810240a145877e9b25247adf2ebf62beb',
  );
});

it('changes with the order of rules', () => {
  const [own, more] = ['{ name: own, effect: hold }', '{ name: more, effect: hold }'];
  const inOrder = (...rules: (string | undefined)[]) =>
    fingerprintOf(`version: 1\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`);
  expect(inOrder(own, more)).not.toBe(inOrder(more, own));
});
