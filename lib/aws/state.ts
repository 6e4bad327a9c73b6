import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { StateStore } from '../drift/state.ts';
import { AwsCallError } from './call-error.ts';
import { classifyAwsError } from './errors.ts';

/**
 * Keeps state in standard SSM parameters of the product's own, in the Region of deployment (free, 4 KB each).
 *
 * @param prefix of the parameters' names, `/vpc-peering-autopilot/<stage>`.
 */
export function createStateStore(prefix: string, homeRegion: string): StateStore {
  const ssm = new SSMClient({});
  const nameOf = (name: string, region: string) => `${prefix}/${name}/${region}`;
  return {
    async read(name, region) {
      const Name = nameOf(name, region);
      try {
        const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
        return Parameter?.Value;
      } catch (error) {
        if (classifyAwsError(error).kind === 'not-found') {
          return undefined;
        }
        throw new AwsCallError('GetParameter', homeRegion, Name, error);
      }
    },
    async write(name, region, text) {
      const Name = nameOf(name, region);
      try {
        await ssm.send(new PutParameterCommand({ Name, Value: text, Type: 'String', Overwrite: true }));
      } catch (error) {
        throw new AwsCallError('PutParameter', homeRegion, Name, error);
      }
    },
  };
}
