/**
 * The way back of a part of the stack that was deleted by hand. CloudFormation compares templates, not what is there, so an update
 * without changes puts nothing back; a removal passes over what is gone already (CloudFormation user guide, "Detecting
 * unmanaged configuration changes to stacks and resources").
 */
export const MADE_ANEW =
  'peering remove, then peering deploy: a deployment alone does not put back what was deleted by hand. Peerings and routes stay.';
