import fc from 'fast-check';
import { UnknownToLab } from '../../iam/conditions.ts';
import { matchesArn, matchesPattern } from '../../iam/pattern.ts';
import { type Access, decide, policyOf, type Statement } from '../../iam/policy.ts';

const TABLE = 'arn:aws:ec2:us-east-1:111111111111:route-table/rtb-1';

function outcome(statements: readonly Statement[], access: Partial<Access> = {}): string {
  const asked = { action: 'ec2:CreateRoute', resource: TABLE, context: {}, ...access };
  return decide([{ name: 'p', statements }], asked).outcome;
}

const allow = (more: Partial<Statement> = {}): Statement => ({
  Sid: 'S',
  Effect: 'Allow',
  Action: 'ec2:CreateRoute',
  Resource: '*',
  ...more,
});

describe('patterns', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '.'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.', ':'), maxLength: 8 });

  it('match as the regular expression that says the same', () => {
    fc.assert(
      fc.property(pattern, text, (wanted, given) => {
        const expression = wanted.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesPattern(wanted, given)).toBe(new RegExp(`^${expression}$`, 's').test(given));
      }),
      { numRuns: 1000 },
    );
  });

  it('need no more than steps in proportion to both lengths', () => {
    expect(matchesPattern(`${'a*'.repeat(2000)}b`, 'a'.repeat(4000))).toBe(false);
  });

  it.each([
    ['arn:aws:ec2:*:111111111111:route-table/*', true],
    ['arn:aws:ec2:us-east-1:111111111111:*', true],
    ['arn:aws:ec2:*:route-table/*', false],
    ['arn:aws:ec2:*', false],
    ['arn:*:*:*:*:*', true],
    ['*', true],
  ])('of ARNs stay within the part between two colons: %s', (wanted, expected) => {
    expect(matchesArn(wanted, TABLE)).toBe(expected);
  });

  it('reach over the colons of the resource itself', () => {
    const group = 'arn:aws:logs:us-east-1:111111111111:log-group:/aws/lambda/x';
    expect(matchesArn(`${group}:*`, `${group}:log-stream:2026/11/24/[$LATEST]1`)).toBe(true);
  });

  it('of one resource do not fit a call that is checked against none in particular', () => {
    expect([matchesArn(TABLE, '*'), matchesArn('arn:*:*:*:*:*', '*'), matchesArn('*', '*')]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('a policy', () => {
  it('denies what no statement allows', () => {
    expect(outcome([])).toBe('denied');
    expect(outcome([allow({ Action: 'ec2:DeleteRoute' })])).toBe('denied');
    expect(outcome([allow({ Resource: `${TABLE}0` })])).toBe('denied');
  });

  it('compares actions without case, resources with it', () => {
    expect(outcome([allow({ Action: 'EC2:createroute' })])).toBe('allowed');
    expect(outcome([allow({ Resource: TABLE.toUpperCase() })])).toBe('denied');
  });

  it('names the statements that allow', () => {
    expect(
      decide([{ name: 'p', statements: [allow(), allow({ Sid: 'T' }), allow({ Sid: 'U', Action: 'x' })] }], {
        action: 'ec2:CreateRoute',
        resource: TABLE,
        context: {},
      }),
    ).toEqual({ outcome: 'allowed', by: ['p/S', 'p/T'] });
  });

  const statement = fc.record({
    Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    Action: fc.constantFrom('ec2:*', 'ec2:CreateRoute', 'ec2:DeleteRoute'),
    Resource: fc.constantFrom('*', TABLE, `${TABLE}0`),
  });

  it('is the same in any order, and one matching Deny is stronger than every Allow', () => {
    fc.assert(
      fc.property(fc.array(statement), (statements) => {
        const decided = outcome(statements);
        expect(outcome([...statements].reverse())).toBe(decided);
        expect(outcome([...statements, { Effect: 'Deny', Action: 'ec2:*', Resource: '*' }])).toBe('denied');
      }),
    );
  });

  it('allows no more when an Allow is taken away', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1 }), fc.nat(), (statements, at) => {
        const fewer = statements.filter(
          ({ Effect }, index) => Effect === 'Deny' || index !== at % statements.length,
        );
        if (outcome(fewer) === 'allowed') {
          expect(outcome(statements)).toBe('allowed');
        }
      }),
    );
  });

  it.each(['NotAction', 'NotResource', 'Principal'])('with %s is refused by name', (element) => {
    const document = JSON.stringify({ Statement: { ...allow(), [element]: '*' } });
    expect(() => policyOf('mine', document)).toThrow(new RegExp(`${element}.*S of mine`));
  });

  it('that is not JSON is refused', () => {
    expect(() => policyOf('mine', "{'Version': 1}")).toThrow(UnknownToLab);
  });
});

describe('conditions', () => {
  const when = (condition: NonNullable<Statement['Condition']>, context: Access['context']) =>
    outcome([allow({ Condition: condition })], { context });

  it.each<[string, string | readonly string[], Access['context'], string]>([
    ['StringEquals', 'a', { k: 'a' }, 'allowed'],
    ['StringEquals', ['a', 'b'], { k: 'b' }, 'allowed'],
    ['StringEquals', 'a*', { k: 'ab' }, 'denied'],
    ['StringEquals', 'a', {}, 'denied'],
    ['StringEquals', 'a', { k: ['a', 'a'] }, 'denied'],
    ['StringEqualsIfExists', 'a', {}, 'allowed'],
    ['StringEqualsIfExists', 'a', { k: 'b' }, 'denied'],
    ['StringLike', 'a*', { k: 'ab' }, 'allowed'],
    ['StringLike', '*', {}, 'denied'],
    ['ArnLike', 'arn:aws:iam::*:role/x/*', { k: 'arn:aws:iam::1:role/x/y/z' }, 'allowed'],
    ['ArnEquals', 'arn:aws:iam:*:role/x', { k: 'arn:aws:iam::1:role/x' }, 'denied'],
    ['Bool', 'true', { k: 'True' }, 'allowed'],
    ['Bool', 'true', { k: 'false' }, 'denied'],
    ['Null', 'true', {}, 'allowed'],
    ['Null', 'true', { k: 'a' }, 'denied'],
    ['Null', 'false', { k: 'a' }, 'allowed'],
    ['ForAllValues:StringLike', 'p:*', { k: ['p:a', 'p:b'] }, 'allowed'],
    ['ForAllValues:StringLike', 'p:*', { k: ['p:a', 'q'] }, 'denied'],
    ['ForAllValues:StringLike', 'p:*', {}, 'allowed'],
    ['ForAnyValue:StringEquals', 'a', { k: ['b', 'a'] }, 'allowed'],
    ['ForAnyValue:StringEquals', 'a', { k: ['b'] }, 'denied'],
    ['ForAnyValue:StringEquals', 'a', {}, 'denied'],
  ])('%s %j with %j: %s', (operator, wanted, context, expected) => {
    expect(when({ [operator]: { k: wanted } }, context)).toBe(expected);
  });

  it('know their keys without case, and have to hold all', () => {
    expect(when({ StringEquals: { 'AWS:ResourceTag/A': '1' } }, { 'aws:resourcetag/a': '1' })).toBe(
      'allowed',
    );
    expect(when({ StringEquals: { a: '1', b: '2' } }, { a: '1', b: '3' })).toBe('denied');
    expect(when({ StringEquals: { a: '1' }, StringLike: { b: '2' } }, { a: '1' })).toBe('denied');
  });

  it.each([
    'NumericEquals',
    'ForAnyValue:StringNotEquals',
    'IpAddress',
    'ForAllValues:NumericEquals',
    'constructor',
  ])('that the lab does not know are refused by name: %s', (operator) => {
    expect(() => when({ StringEquals: { a: 'other' }, [operator]: { k: 'a' } }, {})).toThrow(operator);
  });

  it('with policy variables are refused', () => {
    expect(() => when({ StringEquals: { k: '${aws:username}' } }, {})).toThrow('${aws:username}');
    expect(() => outcome([allow({ Resource: 'arn:aws:s3:::b/${aws:username}' })])).toThrow(UnknownToLab);
  });
});

describe('operators that say what must not be', () => {
  const denied = (
    condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>,
    context: Access['context'],
  ) =>
    decide(
      [
        {
          name: 'p',
          statements: [
            { Effect: 'Allow', Action: '*', Resource: '*' },
            { Effect: 'Deny', Action: '*', Resource: '*', Condition: condition },
          ],
        },
      ],
      { action: 'a:B', resource: '*', context },
    ).outcome === 'denied';

  it.each(['StringNotEquals', 'StringNotLike', 'ArnNotEquals', 'ArnNotLike'])(
    '%s holds where no value fits, and where the key is not there',
    (operator) => {
      const condition = {
        [operator]: { 'aws:PrincipalArn': ['arn:aws:iam::1:role/a', 'arn:aws:iam::1:role/b'] },
      };
      expect(denied(condition, { 'aws:PrincipalArn': 'arn:aws:iam::1:role/c' })).toBe(true);
      expect(denied(condition, { 'aws:PrincipalArn': 'arn:aws:iam::1:role/b' })).toBe(false);
      expect(denied(condition, {})).toBe(true);
      expect(() => denied(condition, { 'aws:PrincipalArn': ['a', 'b'] })).toThrow(operator);
    },
  );
});
