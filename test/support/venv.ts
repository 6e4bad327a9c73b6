import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureVirtualEnvironment, type VirtualEnvironment } from 'local-aws-peering/command';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The Python tools of the tests: cfn-lint and the AWS CLI, in `.lab/` beside the local AWS's. Made once, about 20 s.
 * Run them as `python bin/cfn-lint` and `python bin/aws`: an environment is moved once it is made, and the first line of
 * the commands in its `bin` names a Python where it was before.
 */
export function testTools(): Promise<VirtualEnvironment> {
  return ensureVirtualEnvironment({
    requirements: join(PROJECT, 'test/requirements.txt'),
    directory: join(PROJECT, '.lab'),
    purpose: 'The test suite',
    alternative: 'run the other tests alone: npx jest --selectProjects core.',
    oldest: [3, 10],
    progress: (line) => process.stderr.write(`${line}\n`),
  });
}
