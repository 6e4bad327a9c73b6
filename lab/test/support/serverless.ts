import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../../lab.ts';
import type { Tool } from '../../tools.ts';

/** A fixture that the serverless framework deploys into the lab, as a person would. */

export interface Service {
  deploy(where?: Pick<Tool, 'account' | 'region'>): Promise<void>;
  remove(where?: Pick<Tool, 'account' | 'region'>): Promise<void>;
}

/** Stacks are ready at once here: there is no need to look only every five seconds. */
const ENVIRONMENT = { SLS_TELEMETRY_DISABLED: '1', SLS_AWS_MONITORING_FREQUENCY: '200' };

let copies = 0;

/** @param folder with its `serverless.yml`; the framework keeps files beside it, so that each run gets a copy. */
export function serviceIn(lab: Lab, folder: string): Service {
  async function run(command: 'deploy' | 'remove', where: Pick<Tool, 'account' | 'region'>): Promise<void> {
    copies += 1;
    const copy = join(lab.directory, `service-${copies}`);
    await cp(folder, copy, { recursive: true });
    await lab.run({
      ...where,
      name: `serverless ${command}`,
      args: [
        ...[join(require.resolve('serverless/package.json'), '..', 'bin', 'serverless.js'), command],
        ...['--region', where.region ?? lab.region, '--verbose'],
      ],
      cwd: copy,
      environment: ENVIRONMENT,
    });
  }
  return {
    deploy: (where = {}) => run('deploy', where),
    remove: (where = {}) => run('remove', where),
  };
}
