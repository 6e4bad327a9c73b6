import { Writable } from 'node:stream';
import { createPrinter } from '../../local/tutorial/print.ts';

const ESCAPE = '\u001b[';
const environment = { ...process.env };

afterEach(() => {
  process.env = { ...environment };
});

function printed(isTTY: boolean, environmentOf: Readonly<Record<string, string>> = {}): string {
  process.env = { ...environment, NO_COLOR: '', TERM: 'xterm', ...environmentOf };
  let text = '';
  const stream = new Writable({
    write(part, _encoding, done) {
      text += String(part);
      done();
    },
  });
  const printer = createPrinter(Object.assign(stream, { isTTY }) as unknown as NodeJS.WriteStream);
  const report = { name: 'a step', ok: true, detail: 'It holds.', ms: 1234 };
  printer.heading(1, 'a step');
  printer.line('10.2.0.0/16');
  printer.outcome(report);
  printer.summary([report, { ...report, name: 'another', ok: false }]);
  return text;
}

describe('what the tutorial prints', () => {
  it('is coloured on a terminal', () => {
    expect(printed(true)).toContain(ESCAPE);
  });

  it.each<[string, boolean, Record<string, string>]>([
    ['in a pipe', false, {}],
    ['under NO_COLOR', true, { NO_COLOR: '1' }],
    ['on a terminal that cannot', true, { TERM: 'dumb' }],
  ])('is plain %s, with the same words', (_where, isTTY, environmentOf) => {
    const plain = printed(isTTY, environmentOf);
    expect(plain).not.toContain(ESCAPE);
    expect(plain.split('\n')).toEqual(
      expect.arrayContaining([
        '1. a step',
        '10.2.0.0/16',
        '  ok  It holds.',
        expect.stringMatching(/^ {3}1 {2}ok {6}a step +1\.2 s$/),
        expect.stringMatching(/^ {3}2 {2}FAILED {2}another +1\.2 s {2}It holds\.$/),
      ]),
    );
  });
});
