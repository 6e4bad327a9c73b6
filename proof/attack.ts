import { testedSection } from './tested.ts';

/** Runs the tests that docs/threat-model.md names beside its threats. */
export const attack = testedSection({
  name: 'attack',
  title: 'Attack',
  pattern: 'test/proof/attack',
  doing: 'forged events, hostile text, policies, snapshots, CIDRs changed after the decision',
  explanation:
    'The threats are in [threat-model.md](threat-model.md), each with the tests that show its mitigation.',
});
