import { type HostService, isFor, serviceText } from '../host-services.ts';
import { packetText } from '../traffic.ts';
import { inspectMachine } from './machine.ts';
import { describeEnd, type Walk } from './walk.ts';

const NO_PART =
  "It is answered on the instance's own host: no route, security group or network ACL has a part in it, and nothing of it goes through a peering.";

/**
 * The way to what Amazon answers on the host of the source: there is none but the source itself.
 *
 * @returns what is said of it, the answer first.
 */
export function walkOnHost(walk: Walk, service: HostService): readonly string[] {
  const { hops, source, target, request } = walk;
  inspectMachine(walk, 'source', source);
  const failed = hops.find(({ status }) => status === 'fails');
  const address = target.address.text;
  const what = `${address} is ${service.name}, which is there for ${serviceText(service)}.`;
  const isMeant = isFor(service, request);
  if (failed === undefined) {
    hops.push({
      name: 'target',
      direction: 'there',
      status: isMeant ? 'passes' : 'not-visible',
      ids: [source.vpcId],
      sentence: isMeant ? what : `${what} Whether it answers ${packetText(request)} is not visible.`,
    });
  }
  const reach = `${'type' in request ? 'ping' : `reach ${packetText(request)} of`} ${address}`;
  const first =
    failed !== undefined
      ? [`${describeEnd(source)} cannot ${reach}.`, failed.sentence]
      : isMeant
        ? [`${describeEnd(source)} can ${reach}: nothing in the network is in the way.`]
        : [`Whether ${describeEnd(source)} can ${reach} is not visible from here.`];
  return [...first, what, NO_PART, ...(service.hangsOn === undefined ? [] : [service.hangsOn])];
}
