import { z } from 'zod';
import type { Template } from './template.ts';

/** Which route tables a stack of the product may write, as its template says, and where two of them meet. Pure. */

export interface RouteWriting {
  /** Of the tag that opts a route table in. */
  readonly tagPrefix: string;
  /** Managed Regions. */
  readonly regions: readonly string[];
}

/** A stack of the product besides the one that a command is about. */
export interface OtherStack {
  readonly name: string;
  /** Its own. */
  readonly region: string;
  /** `none`: it observes. `unknown`: its template may not be read. */
  readonly writing: RouteWriting | 'none' | 'unknown';
}

/** Route tables that two stacks write. */
export interface Clash extends Pick<OtherStack, 'name' | 'region'> {
  readonly tagPrefix: string;
  /** Those that both manage. */
  readonly regions: readonly string[];
}

const roleSchema = z.object({
  Properties: z.object({
    Policies: z.array(
      z.object({
        PolicyDocument: z.object({
          Statement: z.array(
            z.object({
              Action: z.union([z.string(), z.array(z.string())]),
              Condition: z.object({ StringLike: z.record(z.string(), z.unknown()).optional() }).optional(),
            }),
          ),
        }),
      }),
    ),
  }),
});

const forwardingSchema = z.object({ Properties: z.object({ Regions: z.array(z.unknown()) }) });

/** What a function may do is what the stack does, whichever tool and version made it: the policy is not in every template. */
const TABLE_TAG = /^aws:ResourceTag\/(.+):routes$/;

function tagPrefixOf({ Resources }: Template): string | undefined {
  const roles = Object.values(Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
  const statements = roles.flatMap(
    (role) =>
      roleSchema
        .safeParse(role)
        .data?.Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) ?? [],
  );
  return statements
    .filter(({ Action }) => [Action].flat().includes('ec2:CreateRoute'))
    .flatMap(({ Condition }) => Object.keys(Condition?.StringLike ?? {}))
    .map((key) => TABLE_TAG.exec(key)?.[1])
    .find((prefix) => prefix !== undefined);
}

/**
 * What a template lets its functions write.
 *
 * @param home the Region of the stack, which is the one that is managed where its policy names none.
 */
export function routeWritingOf(template: Template, home: string): RouteWriting | 'none' {
  const tagPrefix = tagPrefixOf(template);
  if (tagPrefix === undefined) {
    return 'none';
  }
  const named = forwardingSchema.safeParse(template.Resources.EventForwarding).data?.Properties.Regions ?? [];
  const regions = named.filter((region) => typeof region === 'string');
  return { tagPrefix, regions: regions.length === 0 ? [home] : regions };
}

/** Where others write the same route tables. */
export function clashesOf(own: RouteWriting, others: readonly OtherStack[]): Clash[] {
  return others.flatMap(({ name, region, writing }) => {
    if (typeof writing === 'string' || writing.tagPrefix !== own.tagPrefix) {
      return [];
    }
    const regions = own.regions.filter((each) => writing.regions.includes(each));
    return regions.length === 0 ? [] : [{ name, region, tagPrefix: own.tagPrefix, regions }];
  });
}

/** One sentence. */
export function clashText({ name, region, tagPrefix, regions }: Clash): string {
  return `The stack ${name} in ${region} writes routes into tables tagged ${tagPrefix}:routes, too, in ${regions.join(', ')}: what the one wants, the other may take away.`;
}

/** What a person does about it. */
export const CLASH_REMEDY =
  'Let one of the two observe (mode: observe), give it another tagPrefix or other Regions, or remove it; routes stay.';
