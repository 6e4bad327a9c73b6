import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { permissionsDocument, WHY_EVERY_RESOURCE } from '../../build/permissions-doc.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import { FUNCTIONS } from '../../resources/functions.ts';
import { statementsOf } from '../../resources/roles.ts';
import { VARIANTS } from '../support/packaged.ts';

describe('what is allowed on every resource', () => {
  it('is what has a written reason, whatever the policy', () => {
    const actions = Object.values(VARIANTS).flatMap((parts) => {
      const { policy } = parsePolicy(stringify({ version: 1, ...parts }), 'peering-policy.yml');
      return FUNCTIONS.flatMap((name) => statementsOf(name, { policy, stage: 'prod' }))
        .filter(({ Resource }) => [Resource].flat().includes('*'))
        .flatMap(({ Action }) => Action);
    });
    expect([...new Set(actions)].sort()).toEqual(Object.keys(WHY_EVERY_RESOURCE).sort());
  });
});

describe('docs/permissions.md', () => {
  it('shows the roles as they are now', () => {
    expect(readFileSync(join(__dirname, '../../docs/permissions.md'), 'utf8')).toBe(permissionsDocument());
  });
});
