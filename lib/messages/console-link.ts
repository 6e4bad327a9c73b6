import { partitionOf } from '../policy/regions.ts';

/** Where each partition has its console (IAM user guide, "Signing in to the AWS Management Console"; of others none is known). */
const CONSOLES: ReadonlyMap<string, string> = new Map([
  ['aws', 'console.aws.amazon.com'],
  ['aws-cn', 'console.amazonaws.cn'],
  ['aws-us-gov', 'console.amazonaws-us-gov.com'],
]);

const PAGES: readonly (readonly [id: RegExp, page: string])[] = [
  [/^pcx-[0-9a-f]{1,32}$/, 'PeeringConnectionDetails:VpcPeeringConnectionId='],
  [/^rtb-[0-9a-f]{1,32}$/, 'RouteTableDetails:RouteTableId='],
];

/** The console's page of a peering or route table; undefined for anything else, and where no console is known. */
export function consoleLink(id: string, region: string): string | undefined {
  const host = CONSOLES.get(partitionOf(region));
  const page = PAGES.find(([form]) => form.test(id))?.[1];
  return host === undefined || page === undefined || !/^[a-z0-9-]+$/.test(region)
    ? undefined
    : `https://${region}.${host}/vpcconsole/home?region=${region}#${page}${id}`;
}
