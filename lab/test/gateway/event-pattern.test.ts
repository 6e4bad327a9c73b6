import { compileEventPattern, EventPatternError, matchesPattern } from '../../event-pattern.ts';
import { MOST_COMPLEX, readWildcard, wildcardComplexity } from '../../event-wildcard.ts';

describe('event patterns', () => {
  it.each([
    ['an exact string', ['a'], 'a', true],
    ['a string in another case', ['a'], 'A', false],
    ['one of several values', ['a', 'b'], 'b', true],
    ['a number', [1], 1, true],
    ['a number written as text', [1], '1', false],
    ['true', [true], true, true],
    ['true written as text', [true], 'true', false],
    ['null', [null], null, true],
    ['null where a string is', [null], '', false],
    ['a prefix', [{ prefix: 'eu-' }], 'eu-west-1', true],
    ['another prefix', [{ prefix: 'eu-' }], 'us-east-1', false],
    ['a prefix in any case', [{ prefix: { 'equals-ignore-case': 'EU-' } }], 'eu-west-1', true],
    ['a suffix', [{ suffix: '.png' }], 'a.png', true],
    ['a suffix in any case', [{ suffix: { 'equals-ignore-case': '.PNG' } }], 'a.png', true],
    ['any case', [{ 'equals-ignore-case': 'alice' }], 'ALICE', true],
    ['any case of another word', [{ 'equals-ignore-case': 'alice' }], 'bob', false],
    ['a wildcard', [{ wildcard: 'arn:*:role/x/*' }], 'arn:aws:iam::1:role/x/y/z', true],
    ['a wildcard for nothing', [{ wildcard: 'a*b' }], 'ab', true],
    ['a wildcard over line ends', [{ wildcard: 'a*b' }], 'a\nb', true],
    ['an escaped star', [{ wildcard: 'a\\*b' }], 'a*b', true],
    ['an escaped star for another character', [{ wildcard: 'a\\*b' }], 'axb', false],
    ['a dot in a wildcard', [{ wildcard: 'a.b' }], 'axb', false],
    ['anything but', [{ 'anything-but': 'a' }], 'b', true],
    ['anything but the value', [{ 'anything-but': 'a' }], 'a', false],
    ['anything but a list', [{ 'anything-but': ['a', 'b'] }], 'b', false],
    ['anything but a number', [{ 'anything-but': [1] }], 2, true],
    ['anything but a prefix', [{ 'anything-but': { prefix: 'a' } }], 'ab', false],
    ['anything but some prefixes', [{ 'anything-but': { prefix: ['a', 'b'] } }], 'cd', true],
    ['anything but a suffix', [{ 'anything-but': { suffix: 'b' } }], 'ab', false],
    ['anything but a wildcard', [{ 'anything-but': { wildcard: '*/x/*' } }], 'a/x/b', false],
    ['anything but some wildcards', [{ 'anything-but': { wildcard: ['*/x/*', '*/y/*'] } }], 'a/z/b', true],
    ['anything but any case', [{ 'anything-but': { 'equals-ignore-case': ['A', 'B'] } }], 'b', false],
    ['a number above', [{ numeric: ['>', 0] }], 1, true],
    ['a number at the bound', [{ numeric: ['>', 0] }], 0, false],
    ['a number in a range', [{ numeric: ['>', 0, '<=', 5] }], 5, true],
    ['a number beyond a range', [{ numeric: ['>', 0, '<=', 5] }], 6, false],
    ['a number as text in a numeric comparison', [{ numeric: ['=', 1] }], '1', false],
    ['an address in a block', [{ cidr: '10.0.0.0/24' }], '10.0.0.255', true],
    ['an address outside a block', [{ cidr: '10.0.0.0/24' }], '10.0.1.0', false],
    ['an IPv6 address in a block', [{ cidr: '2001:db8::/32' }], '2001:db8::1', true],
    ['text that is no address', [{ cidr: '10.0.0.0/24' }], 'host', false],
    ['the presence of a field', [{ exists: true }], 0, true],
    ['the absence of a field that is there', [{ exists: false }], 0, false],
    ['the presence of a field with no value in its list', [{ exists: true }], [], false],
    ['one of the elements of a list', ['b'], ['a', 'b'], true],
    ['an object where a value is wanted', ['a'], { a: 'a' }, false],
    ['an object where presence is asked', [{ exists: true }], { a: 1 }, false],
  ])('%s', (_what, list, value, expected) => {
    expect(matchesPattern({ detail: { field: list } }, { detail: { field: value } })).toBe(expected);
  });

  it('wants all fields, and does not care for others', () => {
    const pattern = { source: ['aws.ec2'], detail: { eventName: ['CreateRoute'] } };
    expect(
      matchesPattern(pattern, { source: 'aws.ec2', id: '1', detail: { eventName: 'CreateRoute' } }),
    ).toBe(true);
    expect(matchesPattern(pattern, { source: 'aws.ec2', detail: { eventName: 'DeleteRoute' } })).toBe(false);
    expect(matchesPattern(pattern, { source: 'aws.ec2' })).toBe(false);
  });

  it('matches an absent field, whether its parents are there or not', () => {
    const pattern = { source: ['s'], detail: { a: { b: [{ exists: false }] } } };
    expect(matchesPattern(pattern, { source: 's', detail: { a: {} } })).toBe(true);
    expect(matchesPattern(pattern, { source: 's', detail: {} })).toBe(true);
    expect(matchesPattern(pattern, { source: 's' })).toBe(true);
    expect(matchesPattern(pattern, { source: 's', detail: { a: { b: null } } })).toBe(false);
    expect(matchesPattern(pattern, { source: 's', detail: { a: [{ c: 1 }, { b: 1 }] } })).toBe(false);
  });

  it('never matches anything-but in a field that is absent', () => {
    expect(matchesPattern({ detail: { a: [{ 'anything-but': 'x' }] } }, { detail: {} })).toBe(false);
  });

  it('joins presence and another test in one list by or', () => {
    const pattern = {
      detail: { arn: [{ exists: false }, { 'anything-but': { wildcard: 'arn:*:role/ours/*' } }] },
    };
    expect(matchesPattern(pattern, { detail: {} })).toBe(true);
    expect(matchesPattern(pattern, { detail: { arn: 'arn:aws:iam::1:role/theirs/x' } })).toBe(true);
    expect(matchesPattern(pattern, { detail: { arn: 'arn:aws:iam::1:role/ours/x' } })).toBe(false);
  });

  it('wants the fields of one object to match in one element of a list', () => {
    const pattern = { detail: { items: { key: ['k'], value: ['v'] } } };
    expect(matchesPattern(pattern, { detail: { items: [{ key: 'k', value: 'v' }] } })).toBe(true);
    expect(
      matchesPattern(pattern, {
        detail: {
          items: [
            { key: 'k', value: 'x' },
            { key: 'y', value: 'v' },
          ],
        },
      }),
    ).toBe(false);
    expect(matchesPattern(pattern, { detail: { items: [[{ key: 'k', value: 'v' }]] } })).toBe(true);
  });

  it('takes one of the alternatives of $or together with the fields beside it', () => {
    const pattern = { source: ['s'], detail: { $or: [{ a: [1] }, { b: [{ exists: true }], c: [2] }] } };
    expect(matchesPattern(pattern, { source: 's', detail: { a: 1 } })).toBe(true);
    expect(matchesPattern(pattern, { source: 's', detail: { b: 0, c: 2 } })).toBe(true);
    expect(matchesPattern(pattern, { source: 's', detail: { b: 0 } })).toBe(false);
    expect(matchesPattern(pattern, { source: 'x', detail: { a: 1 } })).toBe(false);
  });

  it.each([
    ['the pattern', { detail: { 'state.status': ['on'] } }, { detail: { state: { status: 'on' } } }],
    ['the event', { detail: { state: { status: ['on'] } } }, { detail: { 'state.status': 'on' } }],
    ['both', { detail: { 'state.status': ['on'] } }, { detail: { 'state.status': 'on' } }],
    ['an alternative', { $or: [{ 'a.b': [1] }, { 'c.d': [1] }] }, { c: { d: 1 } }],
    ['a name of the event, beside a value', { 'a.b': [1] }, { a: { b: 2 }, 'a.b': 1 }],
    ['a name of the pattern, asked for before', { a: { b: [2] }, 'a.b': [1] }, { a: { b: 1 } }],
  ])('takes a dot in a name of %s for a field of a field', (_where, pattern, event) => {
    expect(matchesPattern(pattern, event)).toBe(true);
  });

  it('takes names with dots for fields of one object, which one element of a list has to match', () => {
    const pattern = { 'items.key': ['k'], 'items.value': ['v'] };
    expect(matchesPattern(pattern, { items: [{ key: 'k', value: 'v' }] })).toBe(true);
    expect(matchesPattern(pattern, { items: [{ key: 'k' }, { value: 'v' }] })).toBe(false);
  });

  it.each([
    // As AWS's event-ruler counts them: MachineComplexityEvaluator.
    ['a', 1],
    ['a*b', 2],
    ['*a*', 3],
    ['*aaa', 4],
    ['*:*:*', 5],
    ['*a*a*a', 6],
    ['*abcd*abcd', 4],
    ['arn:*:iam::*:role/my-stack/*', 6],
    ['*:*:*:*', 7],
    ['*:*:*:*:*:event-bus/*', 11],
  ])('counts how many beginnings of the wildcard %s a text can match at once: %d', (wildcard, complexity) => {
    expect(wildcardComplexity([readWildcard(wildcard)], 100)).toBe(complexity);
    const compile = () => compileEventPattern({ source: [{ 'anything-but': { wildcard } }] });
    if (complexity > MOST_COMPLEX) {
      expect(compile).toThrow('"source" is too complex');
    } else {
      expect(compile).not.toThrow();
    }
  });

  it('counts the wildcards of one field together', () => {
    const several = { source: [{ wildcard: '*:*:*' }, { wildcard: '*:a:*' }] };
    expect(() => compileEventPattern(several)).toThrow('"source" is too complex');
    expect(compileEventPattern({ ...several, source: [{ wildcard: '*:*:*' }] })).toBeInstanceOf(Function);
  });

  it('does not take inherited properties for fields', () => {
    expect(matchesPattern({ detail: { constructor: [{ exists: true }] } }, { detail: {} })).toBe(false);
  });

  it('reads a pattern from its JSON text', () => {
    expect(compileEventPattern('{"source":["s"]}')({ source: 's' })).toBe(true);
  });

  it.each([
    ['text that is no JSON', '{', 'is not JSON'],
    ['a list', [], 'has to be an object'],
    ['no field', {}, 'is an empty object'],
    ['an empty object within', { detail: {} }, '"detail" is an empty object'],
    ['a bare value', { source: 'aws.ec2' }, '"source" has to be a list of values or an object'],
    ['an empty list', { source: [] }, '"source" is an empty list'],
    ['a list in a list', { source: [['a']] }, 'list inside a list'],
    [
      'an unknown operator',
      { detail: { a: [{ regex: 'x' }] } },
      '"detail.a" has an unknown operator "regex"',
    ],
    ['two operators in one object', { source: [{ prefix: 'a', suffix: 'b' }] }, 'exactly one operator'],
    ['a prefix that is no string', { source: [{ prefix: 1 }] }, 'needs a string after "prefix"'],
    ['exists with text', { source: [{ exists: 'yes' }] }, 'true or false after "exists"'],
    ['two stars', { source: [{ wildcard: 'a**b' }] }, 'two "*" in a row'],
    ['a lost backslash', { source: [{ wildcard: 'a\\b' }] }, 'escapes neither'],
    ['no comparison', { source: [{ numeric: ['~', 1] }] }, 'no numeric comparison "~"'],
    ['a comparison with text', { source: [{ numeric: ['=', '1'] }] }, 'needs a number'],
    ['a number too large', { source: [{ numeric: ['=', 1e10] }] }, 'needs a number'],
    ['a range the wrong way round', { source: [{ numeric: ['<', 1, '>', 0] }] }, 'lower bound'],
    ['a block that is none', { source: [{ cidr: '10.0.0.0/33' }] }, 'needs an address block'],
    ['anything but nothing', { source: [{ 'anything-but': [] }] }, 'after "anything-but"'],
    [
      'anything but an unknown operator',
      { source: [{ 'anything-but': { numeric: ['=', 1] } }] },
      'after "anything-but"',
    ],
    [
      'anything but strings and numbers',
      { source: [{ 'anything-but': ['a', 1] }] },
      'a list of strings or of numbers',
    ],
    [
      'anything but an empty prefix',
      { source: [{ 'anything-but': { prefix: '' } }] },
      'string that is not empty after "prefix"',
    ],
    [
      'anything but a suffix in any case',
      { source: [{ 'anything-but': { suffix: { 'equals-ignore-case': 'a' } } }] },
      'string that is not empty after "suffix"',
    ],
  ])('refuses %s', (_what, pattern, message) => {
    expect(() => compileEventPattern(pattern)).toThrow(EventPatternError);
    expect(() => compileEventPattern(pattern)).toThrow(message);
  });
});
