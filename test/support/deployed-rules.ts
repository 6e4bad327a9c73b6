import type { StackContext } from '../../resources/context.ts';
import { type RuleSpec, ruleSpecs } from '../../resources/rules.ts';
import { OWN, REGION } from './fixtures.ts';

/** What CloudFormation puts in. */
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Region': REGION,
  'AWS::AccountId': OWN,
  'AWS::Partition': 'aws',
};

function standsFor(name: string): string {
  const value = PSEUDO[name];
  if (value === undefined) {
    throw new Error(`test/support/deployed-rules.ts does not know what ${name} stands for in a rule.`);
  }
  return value;
}

function resolved(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(resolved);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const { Ref, 'Fn::Sub': text, ...rest } = value as Readonly<Record<string, unknown>>;
  if (typeof Ref === 'string') {
    return standsFor(Ref);
  }
  if (typeof text === 'string') {
    return text.replace(/\$\{([^}]+)\}/g, (_whole, name: string) => standsFor(name));
  }
  return Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, resolved(inner)]));
}

/** The rules as they are once CloudFormation has put in where they are deployed. */
export function deployedRules(context: StackContext): RuleSpec[] {
  return ruleSpecs(context).map((rule) =>
    rule.pattern === undefined ? rule : ({ ...rule, pattern: resolved(rule.pattern) } as RuleSpec),
  );
}
