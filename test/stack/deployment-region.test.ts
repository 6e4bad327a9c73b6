import { regionRefusal } from '../../build/deployment-region.ts';
import { serverless } from '../support/packaged.ts';

/** Regions that the deployment tool does not know. */

const TOOL = { version: '4.3.1', regions: ['us-east-1', 'us-gov-west-1', 'cn-north-1'] };

it.each(TOOL.regions)('is no word about %s, which it knows', (region) => {
  expect(regionRefusal(region, TOOL)).toBeUndefined();
});

it.each([
  ['eusc-de-east-1', 'aws-eusc'],
  ['us-isof-south-1', 'aws-iso-f'],
])('%s is said to be of %s, with another way to deploy there', (region, partition) => {
  const said = regionRefusal(region, TOOL);
  expect(said).toContain(`does not know the Region ${region} of the partition ${partition}`);
  expect(said).toContain(`npx peering deploy --region ${region}`);
});

it('a Region that there is not is said to be a mistake', () => {
  expect(regionRefusal('us-east-9', TOOL)).toContain('There is no Region us-east-9');
});

it('serverless deploy ends with these words, and not with the list of all Regions', async () => {
  const { code, stdout, stderr } = await serverless(['deploy', '--region', 'eusc-de-east-1'], {});
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain('does not know the Region eusc-de-east-1 of the partition aws-eusc');
  expect(stdout + stderr).not.toMatch(/allowed values|^\s+at /m);
});
