/** The few words of CloudFormation that the resources are written in. */

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export interface Resource {
  readonly Type: string;
  readonly Properties: { readonly [key: string]: Value };
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: 'Delete' | 'Retain';
  readonly UpdateReplacePolicy?: 'Delete' | 'Retain';
}

export type Resources = { readonly [logicalId: string]: Resource };

export const ref = (logicalId: string): Value => ({ Ref: logicalId });
export const getAtt = (logicalId: string, attribute: string): Value => ({
  'Fn::GetAtt': [logicalId, attribute],
});
export const sub = (template: string): Value => ({ 'Fn::Sub': template });

/** `accept-requests` gives `AcceptRequests`. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The logical id that the serverless framework gives a function's resource. */
export function functionLogicalId(name: string): string {
  return `${(name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('-', 'Dash')}LambdaFunction`;
}

/** The logical id that it gives the function's log group. */
export function logGroupLogicalId(name: string): string {
  return functionLogicalId(name).replace(/LambdaFunction$/, 'LogGroup');
}
