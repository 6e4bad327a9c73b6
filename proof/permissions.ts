import { testedSection } from './tested.ts';

/** Runs the stack under exactly its roles, and takes each permission away once. */
export const permissions = testedSection({
  name: 'permissions',
  title: 'Permissions',
  pattern: 'test/proof/permissions',
  doing: 'the deployed stack under its own roles, and every action of every role left out once',
  explanation:
    'Each function runs under exactly its deployed role, with actions, resources and conditions enforced. For every action, resource ' +
    'and statement there is a call that is allowed, and denied once that part is left out. What each role may do, and why some ' +
    'actions are for every resource, is in [permissions.md](permissions.md).',
});
