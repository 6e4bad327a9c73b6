import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { classifyAwsError } from '../ports/aws-error.ts';
import type { StateStore } from '../ports/state.ts';
import { AwsCallError } from './call-error.ts';
import { REQUEST_LIMITS } from './request-limits.ts';

/** SSM's one word for it. What else was not found says nothing about the parameter, and it would be forgotten in silence. */
function isAbsent(error: unknown): boolean {
  return classifyAwsError(error).code === 'ParameterNotFound';
}

/**
 * Keeps state in standard SSM parameters of the product's own, in the Region of deployment (free, 4 KB each). The client
 * is made with the first call: a pass that finds everything in order needs no state.
 *
 * @param prefix of the parameters' names, `/vpc-peering-autopilot/<stage>`.
 */
export function createStateStore(prefix: string, homeRegion: string): StateStore {
  let made: SSMClient | undefined;
  const ssm = (): SSMClient => {
    made ??= new SSMClient({ requestHandler: REQUEST_LIMITS });
    return made;
  };
  const nameOf = (name: string, key: string) => `${prefix}/${name}/${key}`;
  return {
    async read(name, key) {
      const Name = nameOf(name, key);
      try {
        const { Parameter } = await ssm().send(new GetParameterCommand({ Name }));
        return Parameter?.Value;
      } catch (error) {
        if (isAbsent(error)) {
          return undefined;
        }
        throw new AwsCallError('GetParameter', homeRegion, Name, error);
      }
    },
    async write(name, key, text) {
      const Name = nameOf(name, key);
      try {
        await ssm().send(new PutParameterCommand({ Name, Value: text, Type: 'String', Overwrite: true }));
      } catch (error) {
        throw new AwsCallError('PutParameter', homeRegion, Name, error);
      }
    },
    async forget(name, key) {
      const Name = nameOf(name, key);
      try {
        await ssm().send(new DeleteParameterCommand({ Name }));
      } catch (error) {
        if (!isAbsent(error)) {
          throw new AwsCallError('DeleteParameter', homeRegion, Name, error);
        }
      }
    },
  };
}
