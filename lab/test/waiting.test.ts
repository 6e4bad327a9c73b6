import { createWaiting } from '../waiting.ts';

const environment = { ...process.env };

beforeEach(() => {
  jest.useFakeTimers();
  process.env = { ...environment, TERM: 'xterm' };
});

afterEach(() => {
  jest.useRealTimers();
  process.env = { ...environment };
});

function waiting(isTTY: boolean) {
  const written: string[] = [];
  return { written, ...createWaiting({ isTTY, write: (text) => written.push(text) }) };
}

const TAKEN_AWAY = '\r\u001b[2K';

describe('what takes long', () => {
  it('is counted on a terminal in one line, which goes as soon as there is something to say', () => {
    const { written, doing, line, done } = waiting(true);
    doing('deploying');
    jest.advanceTimersByTime(900);
    expect(written).toEqual([]);
    jest.advanceTimersByTime(2200);
    expect(written.at(-1)).toBe(`${TAKEN_AWAY}deploying (3 s)`);
    written.splice(0);
    line('reading the stack');
    expect(written.splice(0)).toEqual([TAKEN_AWAY, 'reading the stack\n']);
    jest.advanceTimersByTime(1200);
    expect(written.at(-1)).toBe(`${TAKEN_AWAY}deploying (4 s)`);
    written.splice(0);
    done();
    jest.advanceTimersByTime(60_000);
    expect(written).toEqual([TAKEN_AWAY]);
  });

  it.each([
    ['in a pipe', false, 'xterm'],
    ['on a terminal that cannot take a line away', true, 'dumb'],
  ])('is told %s in lines of their own, and only where none came for ten seconds', (_where, isTTY, term) => {
    process.env.TERM = term;
    const { written, doing, line, done } = waiting(isTTY);
    doing('deploying');
    jest.advanceTimersByTime(8_000);
    line('reading the stack');
    jest.advanceTimersByTime(9_000);
    expect(written).toEqual(['reading the stack\n']);
    jest.advanceTimersByTime(12_000);
    expect(written).toEqual(['reading the stack\n', 'deploying (18 s)\n', 'deploying (28 s)\n']);
    done();
    jest.advanceTimersByTime(60_000);
    expect(written).toHaveLength(3);
  });
});
