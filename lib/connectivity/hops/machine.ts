import type { Endpoint } from '../endpoints.ts';
import { packetText } from '../traffic.ts';
import { describeEnd, type Hop, type Walk } from './walk.ts';

/** Whether there is something at an end, and whether it runs. A VPC that only a typical address stands for has no such hop. */
export function checkMachine(walk: Walk, name: 'source' | 'target', end: Endpoint): void {
  const add = (status: Hop['status'], sentence: string, id: string) =>
    walk.hops.push({ name, direction: 'there', status, ids: [id], sentence });
  if (end.stands === 'sample') {
    return;
  }
  const text = describeEnd(end);
  if (end.instance !== undefined) {
    const { instanceId, state } = end.instance;
    if (state === 'running') {
      add('passes', `${text} is running.`, instanceId);
    } else {
      add('fails', `${text} is ${state}. Start it.`, instanceId);
    }
  } else if (end.interface !== undefined) {
    checkInterface(walk, name, text, add, end.interface.interfaceId);
  } else if (walk.model.vpc(end.vpcId) === undefined) {
    add('not-visible', `What has the address ${end.address.text} in ${end.vpcId} is not visible.`, end.vpcId);
  } else {
    add(
      'fails',
      `Nothing in ${end.vpcId} has the address ${end.address.text}. Look at the address of the machine that is meant.`,
      end.vpcId,
    );
  }
}

/**
 * An interface without an instance belongs to a database, a load balancer, a function or the like. It takes what its
 * security groups let in; whether it answers a ping is up to the service, and most don't.
 */
function checkInterface(
  { request }: Walk,
  name: 'source' | 'target',
  text: string,
  add: (status: Hop['status'], sentence: string, id: string) => void,
  interfaceId: string,
): void {
  if ('type' in request) {
    add('not-visible', `${text} belongs to no instance; what is behind it is not visible.`, interfaceId);
    return;
  }
  const what =
    name === 'source'
      ? 'what is behind it sends by this interface'
      : `whether a service listens there on ${packetText(request)} is up to that service`;
  add(
    'passes',
    `${text} belongs to no instance (but to a database, a load balancer, a function, …); ${what}.`,
    interfaceId,
  );
}
