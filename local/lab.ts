import { type LabOptions, type Lab as LocalAws, startLab as startLocalAws } from 'local-aws-peering';
import { createDeployer, type DeployOptions, type RemoveOptions } from './deploy.ts';
import { PRODUCT_SCRIPTS } from './probe-steps.ts';
import { readResultsAfter } from './without-delay.ts';

/** The local AWS as the product needs it: what its roles may do is checked, its document is known, and its stack can be deployed. */
export interface Lab extends LocalAws {
  /** Deploys a stack; several may run at once, in different accounts or Regions. */
  deploy(options?: DeployOptions): Promise<void>;
  /** Removes one. */
  remove(options?: RemoveOptions): Promise<void>;
}

/**
 * Where the product's functions have their roles, whatever a stack puts before it, and where tests make the role of somebody
 * who deploys.
 */
const CHECKED_ROLES = ['/vpc-peering-autopilot/', '/vpc-peering-autopilot-deployment/'];

/**
 * Starts a local AWS in which the product can be deployed.
 * @throws {LabError} when Python, the port or the Region is not to be had; nothing is left running then.
 */
export async function startLab(options: Omit<LabOptions, 'checkedRoles' | 'scripts'> = {}): Promise<Lab> {
  const aws = await startLocalAws({ ...options, checkedRoles: CHECKED_ROLES, scripts: PRODUCT_SCRIPTS });
  const deployer = createDeployer({
    run: aws.run,
    directory: aws.directory,
  });
  return {
    ...aws,
    async deploy(deployOptions = {}) {
      const { region = aws.region, account } = deployOptions;
      await deployer.deploy({ ...deployOptions, region });
      await readResultsAfter(0, { endpoint: aws.url, region, ...(account === undefined ? {} : { account }) });
    },
    remove: (removeOptions = {}) => deployer.remove({ region: aws.region, ...removeOptions }),
  };
}
