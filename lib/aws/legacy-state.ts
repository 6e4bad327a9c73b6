import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { LegacyState } from '../ports/legacy-state.ts';
import { namingCall } from './call-error.ts';
import { createClient } from './clients.ts';
import { allPages } from './pages.ts';

/** Most that SSM gives at once (SSM API reference, GetParametersByPath). */
const PAGE = 10;

/**
 * Reads the SSM parameters in which versions before the registry kept what they remembered.
 *
 * @param prefix of the parameters' names, `/vpc-peering-autopilot/<stage>`.
 */
export function createLegacyState(prefix: string, homeRegion: string): LegacyState {
  let made: SSMClient | undefined;
  const ssm = (): SSMClient => {
    made ??= createClient(SSMClient, { region: homeRegion });
    return made;
  };

  /** By what follows `<path>/` in the name. A path without parameters is empty, not an error. */
  function below(path: string): Promise<ReadonlyMap<string, string>> {
    return namingCall('GetParametersByPath', homeRegion, path, async () => {
      const parameters = await allPages(async (NextToken) => {
        const page = await ssm().send(
          new GetParametersByPathCommand({
            Path: path,
            Recursive: true,
            WithDecryption: false,
            MaxResults: PAGE,
            NextToken,
          }),
        );
        return { items: page.Parameters ?? [], nextToken: page.NextToken };
      });
      return new Map(
        parameters.flatMap(({ Name, Value }) =>
          Name?.startsWith(`${path}/`) && Value !== undefined
            ? [[Name.slice(path.length + 1), Value] as const]
            : [],
        ),
      );
    });
  }

  return {
    async read(region) {
      // One after the other: SSM's rate is small, and the account's other users have their share of it.
      const repairs = (await below(`${prefix}/repairs`)).get(region);
      const toldFindings = (await below(`${prefix}/told`)).get(region);
      return {
        ...(repairs === undefined ? {} : { repairs }),
        ...(toldFindings === undefined ? {} : { toldFindings }),
        lost: await below(`${prefix}/lost/${region}`),
        peer: await below(`${prefix}/peer/${region}`),
      };
    },
  };
}
