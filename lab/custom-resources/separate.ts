import { createHash } from 'node:crypto';
import { hiddenType } from '../hidden-types.ts';
import { parseTemplate, type TemplateResource } from '../template.ts';

/** A custom resource as its template declares it, functions unresolved. */
export interface DeclaredCustomResource {
  readonly logicalId: string;
  /** `Custom::…` or `AWS::CloudFormation::CustomResource`. */
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** `DeletionPolicy: Retain`: it gets no Delete. */
  readonly whenLeft: 'delete' | 'retain';
}

export interface SeparatedTemplate {
  /** Those that need no other custom resource come first. */
  readonly customResources: readonly DeclaredCustomResource[];
  /** The whole template, as it was given. */
  readonly originalTemplate: string;
  /** Everything else, as JSON, as moto is to see it. */
  readonly rest: string;
  /** `as-given`: nothing had to be taken out or hidden. */
  readonly form: 'as-given' | 'rewritten';
}

function isCustom({ Type = '' }: TemplateResource): boolean {
  return Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource';
}

function dependencies({ DependsOn = [] }: TemplateResource): readonly string[] {
  return typeof DependsOn === 'string' ? [DependsOn] : DependsOn;
}

/** In the order of `DependsOn`; a circle is left in the template's order. */
function inOrder(resources: readonly (readonly [string, TemplateResource])[]): typeof resources {
  const ordered: (readonly [string, TemplateResource])[] = [];
  const seen = new Set<string>();
  const byId = new Map(resources);
  const visit = (id: string, resource: TemplateResource): void => {
    if (seen.has(id)) {
      return;
    }
    seen.add(id);
    for (const needed of dependencies(resource)) {
      const other = byId.get(needed);
      if (other !== undefined) {
        visit(needed, other);
      }
    }
    ordered.push([id, resource]);
  };
  for (const [id, resource] of resources) {
    visit(id, resource);
  }
  return ordered;
}

function withoutDependencies(resource: TemplateResource, left: ReadonlySet<string>): TemplateResource {
  if (resource.DependsOn === undefined) {
    return resource;
  }
  const { DependsOn: _, ...others } = resource;
  const unmet = dependencies(resource).filter((id) => !left.has(id));
  return unmet.length === 0 ? others : { ...others, DependsOn: unmet };
}

function withTypeHidden(resource: TemplateResource): TemplateResource {
  return resource.Type === undefined ? resource : { ...resource, Type: hiddenType(resource.Type) };
}

/**
 * Takes the custom resources out of a template, and hides the types that moto must not make. What is left names the
 * custom resources in its metadata by a hash, so that an update which changes nothing else is still an update.
 */
export function separateCustomResources(templateBody: string): SeparatedTemplate {
  const template = parseTemplate(templateBody);
  const resources = Object.entries(template.Resources ?? {});
  const custom = inOrder(resources.filter(([, resource]) => isCustom(resource)));
  const hides = resources.some(([, { Type = '' }]) => hiddenType(Type) !== Type);
  if (custom.length === 0 && !hides) {
    return { customResources: [], rest: templateBody, originalTemplate: templateBody, form: 'as-given' };
  }
  const ids = new Set(custom.map(([id]) => id));
  const rest = {
    ...template,
    ...(custom.length === 0
      ? {}
      : {
          Metadata: {
            ...template.Metadata,
            CustomResources: createHash('sha256').update(JSON.stringify(custom)).digest('hex'),
          },
        }),
    Resources: Object.fromEntries(
      resources
        .filter(([id]) => !ids.has(id))
        .map(([id, resource]) => [id, withTypeHidden(withoutDependencies(resource, ids))]),
    ),
  };
  return {
    rest: JSON.stringify(rest),
    originalTemplate: templateBody,
    form: 'rewritten',
    customResources: custom.map(([logicalId, { Type = '', Properties = {}, DeletionPolicy }]) => ({
      logicalId,
      type: Type,
      properties: Properties as DeclaredCustomResource['properties'],
      whenLeft: DeletionPolicy === 'Retain' ? 'retain' : 'delete',
    })),
  };
}

/** CloudFormation sends all numbers and truths in the properties of a custom resource as text. */
export function scalarsAsText(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(scalarsAsText);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scalarsAsText(item)]));
  }
  return String(value);
}
