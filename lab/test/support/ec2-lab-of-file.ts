import type { EC2Client } from '@aws-sdk/client-ec2';
import { type Ec2Lab, startEc2Lab } from '../../testing/ec2-lab.ts';

export const ACCOUNT = '123456789012';
export const OTHER_ACCOUNT = '210987654321';

/** A lab for the tests of a file. @param take gets it before the first one, with a client of the root user of ACCOUNT. */
export function ec2LabOfFile(take: (lab: Ec2Lab, ec2: EC2Client) => Promise<void> | void): void {
  let lab: Ec2Lab | undefined;
  beforeAll(async () => {
    lab = await startEc2Lab();
    await take(lab, lab.client(ACCOUNT));
  });
  afterAll(() => lab?.stop());
}
