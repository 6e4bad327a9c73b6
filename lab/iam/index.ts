/** What IAM decides of a call by the policies of a role, and what a template's deployment asks of it. Nothing here runs. */
export { type ParsedTemplate, parseTemplate } from '../template.ts';
export {
  type ApiCall,
  accessesOf,
  type CheckedAccess,
  contextFor,
  type ResourceFacts,
} from './accesses.ts';
export { UnknownToLab } from './conditions.ts';
export {
  type Access,
  conditionKeysFor,
  type Decision,
  decide,
  type Policy,
  policyOf,
  type Statement,
} from './policy.ts';
export { arnOfResource, type ResourceAccess, stackAccesses } from './stack-resources.ts';
