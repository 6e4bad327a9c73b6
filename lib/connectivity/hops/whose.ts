import type { NetworkModel } from '../network-model.ts';
import type { Walk } from './walk.ts';

/** Whose it is what is not visible, and who can look at it. */

interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** Where a VPC is of which not all was read, as a peering or a shared subnet shows it; undefined: all was read, or nobody knows. */
function unreadPlace(model: NetworkModel, vpcId: string): Place | undefined {
  if (model.isWhole(vpcId)) {
    return undefined;
  }
  const sides = model.peeringsOf(vpcId).flatMap(({ requester, accepter }) => [requester, accepter]);
  return model.vpc(vpcId) ?? sides.find((side) => side.vpcId === vpcId);
}

/** `is not visible: vpc-b is in account 222222222222, us-east-1.`; without whose it is where all of the VPC was read, or nobody knows. */
export function notVisibleText(model: NetworkModel, subject: string, vpcId: string, are = 'is'): string {
  const place = unreadPlace(model, vpcId);
  return place === undefined
    ? `${subject} ${are} not visible.`
    : `${subject} ${are} not visible: ${vpcId} is in account ${place.accountId}, ${place.region}.`;
}

/** The Regions of an account of which something was read, so that whoever asks can read its others. */
function regionsRead({ snapshot: { vpcs }, isWhole }: NetworkModel, accountId: string): string[] {
  const read = vpcs.filter((vpc) => vpc.accountId === accountId && isWhole(vpc.vpcId));
  return [...new Set(read.map(({ region }) => region))].sort();
}

/** What to type where the rest is visible; undefined: nobody knows who sees it. */
export function askThereText({ model, source, target, request }: Walk): string | undefined {
  const hidden = [source, target].flatMap(({ vpcId }) => unreadPlace(model, vpcId) ?? [])[0];
  if (hidden === undefined) {
    return undefined;
  }
  const read = regionsRead(model, hidden.accountId);
  if (read.length > 0) {
    const all = [...new Set([...read, hidden.region])].map((region) => `--region ${region}`);
    return `For the rest, read ${hidden.region}, too: ${all.join(' ')}`;
  }
  const port = 'type' in request ? '' : ` --protocol ${request.protocol} --port ${request.fromPort}`;
  return `For the rest, ask account ${hidden.accountId} to type there: peering explain ${source.address.text} ${target.address.text}${port} --region ${hidden.region}`;
}
