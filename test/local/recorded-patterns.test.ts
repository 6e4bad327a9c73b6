import {
  answeredOtherwise,
  answerOfCli,
  labAnswer,
  RECORDED_PATTERNS,
  readRecordedPatterns,
} from '../../proof/judges/recorded-patterns.ts';

const recorded = readRecordedPatterns();

describe('the event patterns recorded on AWS', () => {
  if (recorded === undefined) {
    it.skip(`are not here: there is no ${RECORDED_PATTERNS}`, () => undefined);
    return;
  }

  it('are all answered as EventBridge answered them', () => {
    expect(recorded).toHaveLength(155);
    expect(answeredOtherwise(recorded, recorded.map(labAnswer))).toEqual([]);
  });
});

describe('recorded patterns', () => {
  it('that are not beside the project are told apart from none at all', () => {
    expect(readRecordedPatterns('/nowhere/patterns')).toBeUndefined();
  });

  const one = { name: 'a', pattern: { a: [1] }, event: { a: 2 }, answer: 'matches' as const };

  it('answered otherwise are named', () => {
    expect(answeredOtherwise([one], [labAnswer(one)])).toEqual([
      'a: EventBridge said "matches", here it is "does not match"',
    ]);
  });

  it('that got no answer are no right ones', () => {
    expect(() => answeredOtherwise([one], [])).toThrow('1 patterns were asked, and 0 answered.');
  });
});

describe('what the AWS CLI says of a pattern', () => {
  const said = (code: number, stdout: string, stderr = '') => answerOfCli({ code, stdout, stderr });

  it('is yes, no, or that the pattern is refused', () => {
    expect(said(0, '{"Result": true}')).toBe('matches');
    expect(said(0, '{"Result": false}')).toBe('does not match');
    const refused =
      'An error occurred (InvalidEventPatternException) when calling the TestEventPattern operation: x';
    expect(said(254, '', refused)).toBe('refused');
  });

  it('is nothing at all where it failed otherwise, or answered otherwise', () => {
    expect(() => said(255, '', 'Could not connect to the endpoint URL')).toThrow('ended with 255');
    expect(() => said(0, '{}')).toThrow('ended with 0');
  });
});
