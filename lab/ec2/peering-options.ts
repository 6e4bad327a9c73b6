import type { Place } from '../types.ts';
import type { Ec2Action } from './call.ts';
import { Ec2Error } from './errors.ts';
import type { Form } from './form.ts';
import type { AskMoto } from './moto.ts';
import { type PeeringCode, type PeeringEnd, type PeeringRecord, samePlace } from './peering-life.ts';
import type { PeeringActionsOptions } from './peering-rules.ts';
import { answer, child, text } from './xml.ts';

/** Whether DNS shall resolve from the other side; undefined where the request leaves it as it is. */
interface Wanted {
  readonly accepter: boolean | undefined;
  readonly requester: boolean | undefined;
}

/** @throws {Ec2Error} unless DNS is on in the VPC. */
async function validateDns(ask: AskMoto, end: PeeringEnd): Promise<void> {
  for (const attribute of ['enableDnsHostnames', 'enableDnsSupport']) {
    const answered = await ask(end, {
      Action: 'DescribeVpcAttribute',
      VpcId: end.vpcId,
      Attribute: attribute,
    });
    if (text(child(answered, attribute), 'value') !== 'true') {
      throw new Ec2Error(
        'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled',
        `${attribute} is off for ${end.vpcId}; DNS resolution over a peering needs DNS hostnames and DNS support on in both VPCs`,
      );
    }
  }
}

function askedOption(form: Form, side: 'Accepter' | 'Requester'): boolean | undefined {
  const value = form.get(`${side}PeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc`);
  return value === undefined ? undefined : value === 'true';
}

/** @throws {Ec2Error} unless the peering is active, and the caller changes its own side only. */
function validateChange(code: PeeringCode, record: PeeringRecord, wanted: Wanted, request: Place): void {
  if (code !== 'active') {
    throw new Ec2Error(
      'OperationNotPermitted',
      `The options of ${record.peeringId} can be changed only while it is active; it is ${code}`,
    );
  }
  for (const side of ['accepter', 'requester'] as const) {
    if (wanted[side] !== undefined && !samePlace(record[side], request)) {
      throw new Ec2Error(
        'OperationNotPermitted',
        `Account ${request.accountId} in ${request.region} cannot change the ${side}'s options of ${record.peeringId}`,
      );
    }
  }
}

/** ModifyVpcPeeringConnectionOptions. */
export function modifyPeeringOptions({ peerings, ask }: PeeringActionsOptions): Ec2Action {
  return async ({ request, form }) => {
    const record = await peerings.find(form.required('VpcPeeringConnectionId'), request);
    const wanted: Wanted = {
      accepter: askedOption(form, 'Accepter'),
      requester: askedOption(form, 'Requester'),
    };
    validateChange(peerings.status(record).code, record, wanted, request);
    if (wanted.accepter || wanted.requester) {
      await validateDns(ask, record.requester);
      await validateDns(ask, record.accepter);
    }
    const option = (value: boolean | undefined) =>
      value === undefined ? undefined : { allowDnsResolutionFromRemoteVpc: value };
    const accepterOptions = option(wanted.accepter);
    const requesterOptions = option(wanted.requester);
    peerings.put({
      ...record,
      ...(accepterOptions ? { accepterOptions } : {}),
      ...(requesterOptions ? { requesterOptions } : {}),
    });
    const shown = (value: boolean | undefined) => ({ allowDnsResolutionFromRemoteVpc: String(value) });
    return answer(form.action, {
      ...(accepterOptions ? { accepterPeeringConnectionOptions: shown(wanted.accepter) } : {}),
      ...(requesterOptions ? { requesterPeeringConnectionOptions: shown(wanted.requester) } : {}),
    });
  };
}
