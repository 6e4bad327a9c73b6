import type { Forward, LabRequest, LabResponse } from '../types.ts';
import { Ec2Error } from './errors.ts';
import type { Form } from './form.ts';
import { errorIn } from './xml.ts';

/** One EC2 call on its way through the overlay. */
export interface Ec2Call {
  readonly request: LabRequest;
  readonly form: Form;
  /** To moto. */
  readonly forward: Forward;
}

/** @throws {Ec2Error} when EC2 refuses. */
export type Ec2Action = (call: Ec2Call) => Promise<LabResponse>;

/** @throws {Ec2Error} moto's own refusal, in its words. */
export async function accepted(answering: Promise<LabResponse>): Promise<LabResponse> {
  const response = await answering;
  if (response.status >= 400) {
    throw errorIn(response);
  }
  return response;
}

export function notFound(kind: 'vpcPeeringConnection' | 'vpc', id: string): Ec2Error {
  const code = kind === 'vpc' ? 'InvalidVpcID.NotFound' : 'InvalidVpcPeeringConnectionID.NotFound';
  return new Ec2Error(code, `The ${kind} ID '${id}' does not exist`);
}
