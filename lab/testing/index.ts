/** What tests of VPC peering need: labs of EC2 or SSM alone, sites to peer, and networks in memory. */
export {
  codeOf,
  createTable,
  createVpc,
  type Ec2Lab,
  type Emitted,
  REGION,
  refusalOf,
  requestPeering,
  seePeering,
  startEc2Lab,
} from './ec2-lab.ts';
export { eventually } from './eventually.ts';
export {
  aclEntry,
  groupRule,
  hostIn,
  type NetworkSettings,
  networkOf,
  OPEN_ACL,
  routesBetween,
  routeTo,
  type SiteName,
  type SiteSettings,
} from './networks.ts';
export { createSite, join as joinSites, type Site, type SiteOptions } from './sites.ts';
export { type SsmLab, startSsmLab } from './ssm-lab.ts';
export { AUTHORIZATION, CREATE_VPC, SIGNED_QUERY, whatPagesMayChange } from './web-requests.ts';
