import { type Cidr, networkOf } from './cidr.ts';
import { Ec2Error } from './errors.ts';
import type { Form } from './form.ts';
import { text, type XmlNode } from './xml.ts';

/** Destinations of routes: what a call asks for, and what a route has. */

const PARAMETERS = ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId'] as const;

export interface Destination {
  readonly parameter: (typeof PARAMETERS)[number];
  /** A canonical CIDR, or the id of a prefix list. */
  readonly text: string;
  /** Undefined for a prefix list. */
  readonly block?: Cidr;
}

/** Equal destinations have equal text, however they were written; prefix lists are their ids. */
export function canonical(destination: string): string {
  return networkOf(destination)?.text ?? destination;
}

/** @throws {Ec2Error} unless there is exactly one destination, and it is what it should be. */
export function readDestination(form: Form): Destination {
  const present = PARAMETERS.filter((name) => form.get(name) !== undefined);
  const [parameter] = present;
  if (parameter === undefined || present.length > 1) {
    throw new Ec2Error(
      parameter === undefined ? 'MissingParameter' : 'InvalidParameterCombination',
      'The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock and destinationPrefixListId',
    );
  }
  const value = form.required(parameter);
  if (parameter === 'DestinationPrefixListId') {
    return { parameter, text: value };
  }
  const block = networkOf(value);
  if ((block?.family === 'ipv6') !== (parameter === 'DestinationIpv6CidrBlock') || block === undefined) {
    throw new Ec2Error(
      'InvalidParameterValue',
      `Value (${value}) for parameter ${parameter.charAt(0).toLowerCase()}${parameter.slice(1)} is invalid. This is not a valid CIDR block.`,
    );
  }
  return { parameter, text: block.text, block };
}

/** As the route has it; empty when it has none. */
export function destinationOf(route: XmlNode): string {
  return (
    text(route, 'destinationCidrBlock') ??
    text(route, 'destinationIpv6CidrBlock') ??
    text(route, 'destinationPrefixListId') ??
    ''
  );
}
