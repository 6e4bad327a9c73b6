import { EC2Client } from '@aws-sdk/client-ec2';
import type { ClientClass } from '../../lib/aws/clients.ts';
import { createForwardingStore } from '../../lib/aws/forwarding-store.ts';
import { isDeniedByOrganization } from '../../lib/model/aws-error.ts';

/** Whether an account can use a Region, as EC2 says it: at home whether it is enabled, in the Region whether it is closed. */

const HOME = 'us-east-1';
const REGION = 'ap-south-1';

const who =
  'User: arn:aws:sts::111111111111:assumed-role/r/f is not authorized to perform: ec2:DescribeRegions';

function refused(message: string): Error {
  return Object.assign(new Error(`You are not authorized to perform this operation. ${who} ${message}`), {
    name: 'UnauthorizedOperation',
  });
}

function stateWith(optInStatus: string, there: () => unknown) {
  const asked: string[] = [];
  const clients = {
    of<Client>(Class: ClientClass<Client>, region = HOME): Client {
      expect(Class).toBe(EC2Client);
      const send = async () => {
        asked.push(region);
        return region === HOME ? { Regions: [{ RegionName: REGION, OptInStatus: optInStatus }] } : there();
      };
      return { send } as unknown as Client;
    },
  };
  return { asked, state: createForwardingStore('prod', HOME, clients).readRegionState(REGION) };
}

const throwing = (error: Error) => () => {
  throw error;
};

it.each([
  'with an explicit deny in a service control policy',
  'with an explicit deny in a service control policy: arn:aws:organizations::111111111111:policy/o-a/service_control_policy/p-a',
  'because no service control policy allows the ec2:DescribeRegions action',
])('is denied where EC2 refuses there %s', async (message) => {
  expect(await stateWith('opt-in-not-required', throwing(refused(message))).state).toBe('denied');
});

it('is enabled where EC2 answers there', async () => {
  expect(await stateWith('opted-in', () => ({ Regions: [] })).state).toBe('enabled');
});

it('is not known where EC2 refuses there for another reason', async () => {
  const error = refused('because no identity-based policy allows the ec2:DescribeRegions action');
  await expect(stateWith('opted-in', throwing(error)).state).rejects.toThrow('identity-based');
});

it('that is not enabled is not asked itself', async () => {
  const { asked, state } = stateWith('not-opted-in', throwing(new Error('not to be called')));
  expect([await state, asked]).toEqual(['not-enabled', [HOME]]);
});

it('tells a refusal by the organization from a mention of its policies in another error', () => {
  const mention = Object.assign(new Error('service control policy'), { name: 'ValidationException' });
  expect(isDeniedByOrganization(mention)).toBe(false);
});
