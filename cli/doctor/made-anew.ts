/**
 * The way back of a part of the stack that was deleted by hand. CloudFormation compares templates, not what is there, so an update
 * without changes puts nothing back; a removal passes over what is gone already (CloudFormation user guide, "Detecting
 * unmanaged configuration changes to stacks and resources").
 */
export const MADE_ANEW =
  'peering remove, then peering deploy: a deployment alone does not put back what was deleted by hand. Peerings and routes stay.';

/** Where it is a function that a removal asks to take away what the template does not name: it fails first, and goes on without when it is asked again. */
export const MADE_ANEW_IN_TWO = MADE_ANEW.replace(
  'peering remove, then',
  'peering remove, and once more where it says that the function did not answer, then',
);
