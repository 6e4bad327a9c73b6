import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createEc2Clients } from '../../lib/aws/clients.ts';
import { allPages, type Page } from '../../lib/aws/pages.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { policyOrDefault } from '../policy.ts';
import { openSource } from '../source/open.ts';
import { SNAPSHOT_FILES } from '../source/snapshot-files.ts';
import type { Verb } from '../verb.ts';

type ReadPage = (client: EC2Client, NextToken: string | undefined) => Promise<Page<unknown>>;

/** How each file's answer is asked for, by the file's name; pages as large as EC2 allows. */
const READS: Readonly<Record<string, ReadPage>> = {
  VpcPeeringConnections: async (client, NextToken) => {
    const answer = await client.send(
      new DescribeVpcPeeringConnectionsCommand({ MaxResults: 1000, NextToken }),
    );
    return { items: answer.VpcPeeringConnections ?? [], nextToken: answer.NextToken };
  },
  RouteTables: async (client, NextToken) => {
    const answer = await client.send(new DescribeRouteTablesCommand({ MaxResults: 100, NextToken }));
    return { items: answer.RouteTables ?? [], nextToken: answer.NextToken };
  },
  Vpcs: async (client, NextToken) => {
    const answer = await client.send(new DescribeVpcsCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.Vpcs ?? [], nextToken: answer.NextToken };
  },
  Subnets: async (client, NextToken) => {
    const answer = await client.send(new DescribeSubnetsCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.Subnets ?? [], nextToken: answer.NextToken };
  },
  SecurityGroups: async (client, NextToken) => {
    const answer = await client.send(new DescribeSecurityGroupsCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.SecurityGroups ?? [], nextToken: answer.NextToken };
  },
  NetworkAcls: async (client, NextToken) => {
    const answer = await client.send(new DescribeNetworkAclsCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.NetworkAcls ?? [], nextToken: answer.NextToken };
  },
  NetworkInterfaces: async (client, NextToken) => {
    const answer = await client.send(new DescribeNetworkInterfacesCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.NetworkInterfaces ?? [], nextToken: answer.NextToken };
  },
  Reservations: async (client, NextToken) => {
    const answer = await client.send(new DescribeInstancesCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.Reservations ?? [], nextToken: answer.NextToken };
  },
};

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const directory = options.out;
  if (directory === undefined) {
    throw new CliError('peering snapshot needs a directory to write to: --out DIR.');
  }
  const asked = options.region ?? [];
  const { scopes } = await openSource(invocation, policyOrDefault(invocation));
  const clients = createEc2Clients();
  const files: Document<'snapshot'>['files'] = [];
  for (const { accountId, region } of scopes) {
    if (asked.length > 0 && !asked.includes(region)) {
      continue;
    }
    const place = join(directory, 'accounts', accountId, region);
    const answers = await Promise.all(
      SNAPSHOT_FILES.map(async ({ name, command, need, cli }) => {
        const read = READS[name];
        if (read === undefined) {
          throw new Error(`Nothing reads ${name}.`);
        }
        progress.doing(`Reading ${region}`);
        try {
          const items = await allPages((token) => read(clients.forRegion(region), token));
          return { name, items };
        } catch (error) {
          const failure = new AwsCallError(command.replace(/Command$/, ''), region, 'everything', error);
          if (need === 'required') {
            throw failure;
          }
          output.note(
            `note: ${name}.json is left out, because aws ec2 ${cli} failed: ${shown(failure.message)}`,
          );
          return undefined;
        }
      }),
    );
    try {
      mkdirSync(place, { recursive: true });
      for (const answer of answers) {
        if (answer === undefined) continue;
        const { name, items } = answer;
        const path = join(place, `${name}.json`);
        writeFileSync(path, `${JSON.stringify({ [name]: items }, undefined, 2)}\n`);
        files.push({ path, items: items.length });
      }
    } catch (error) {
      throw new CliError(
        `The snapshot cannot be written to ${shown(place)}: ${error instanceof Error ? error.message : String(error)}. Name another directory with --out.`,
        { cause: error },
      );
    }
  }
  progress.done();
  if (options.json) {
    const document: Document<'snapshot'> = { directory, files };
    output.json(document);
  } else {
    for (const { path, items } of files) {
      output.line(`${path}  ${items}`);
    }
    output.line(`Look at it with: peering plan --snapshot ${shown(directory)}`);
  }
  return 0;
};
