import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { PROJECT_ROOT } from '../../build/bundle.ts';

/** What reviewers' tools say of the templates, beside what is accepted of it. */

export const TOOLS = ['cfn-lint', 'checkov', 'cfn-guard'] as const;
export type Tool = (typeof TOOLS)[number];

export interface Finding {
  readonly template: string;
  readonly rule: string;
  /** The logical id of the resource that it is about. */
  readonly resource: string;
  readonly text: string;
}

/** The types of a template's resources by logical id. */
export type ResourceTypes = Readonly<Record<string, string>>;

const acceptedSchema = z.array(
  z.strictObject({
    tool: z.enum(TOOLS),
    rule: z.string(),
    /** Every resource of that type, or these; whichever a template has. */
    type: z.string().optional(),
    resources: z.array(z.string()).optional(),
    /** Default: all. */
    templates: z.array(z.string()).optional(),
    reason: z.string().min(20),
  }),
);

export type Accepted = z.infer<typeof acceptedSchema>[number];

const FILE = join(PROJECT_ROOT, 'proof/judges/accepted-findings.yml');

export function readAccepted(): readonly Accepted[] {
  return acceptedSchema.parse(parse(readFileSync(FILE, 'utf8')));
}

/** `<template> <rule> <resource>`, for each finding that this entry expects. */
function expectedOf(entry: Accepted, templates: ReadonlyMap<string, ResourceTypes>): string[] {
  return [...templates]
    .filter(([template]) => entry.templates?.includes(template) ?? true)
    .flatMap(([template, types]) =>
      Object.entries(types)
        .filter(([id, type]) => type === entry.type || entry.resources?.includes(id))
        .map(([id]) => `${template} ${entry.rule} ${id}`),
    );
}

/** One sentence for each finding that is not accepted, and for each accepted one that does not occur. */
export function faultsOf(
  tool: Tool,
  findings: readonly Finding[],
  accepted: readonly Accepted[],
  templates: ReadonlyMap<string, ResourceTypes>,
): string[] {
  const own = accepted.filter((entry) => entry.tool === tool);
  const expected = new Set(own.flatMap((entry) => expectedOf(entry, templates)));
  const found = new Set(findings.map(({ template, rule, resource }) => `${template} ${rule} ${resource}`));
  const fresh = findings.filter(
    ({ template, rule, resource }) => !expected.has(`${template} ${rule} ${resource}`),
  );
  return [
    ...new Set(
      fresh.map(({ template, rule, resource, text }) => `New: ${template}, ${resource}: ${rule} ${text}`),
    ),
    ...[...expected].filter((one) => !found.has(one)).map((one) => `Accepted, and does not occur: ${one}`),
    ...own
      .filter((entry) => expectedOf(entry, templates).length === 0)
      .map(({ rule }) => `Accepted, and about no resource of any template: ${rule}`),
  ];
}
