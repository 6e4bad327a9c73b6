import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { routeCommand } from '../../lib/model/route-command.ts';
import { shellWord } from '../../lib/model/shell-word.ts';

/** What a shell makes of a text. */
function wordsIn(text: string): string[] {
  const script = `printf '%s\\0' ${text}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('a word of a command that people paste', () => {
  it('leaves an id as it is', () => {
    for (const id of [
      'rtb-0123456789abcdef0',
      'us-east-1',
      '2001:db8::/32',
      'arn:aws:sqs:us-east-1:111111111111:q',
    ]) {
      expect(shellWord(id)).toBe(id);
    }
  });

  it('is one word to a shell, and itself, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'a\'"`$;&|<>(){}* \\!#~'), { minLength: 1, maxLength: 12 }),
        (characters) => {
          const text = characters.join('');
          expect(wordsIn(shellWord(text))).toEqual([text]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is each id of a route, so that a hostile snapshot has nothing run', () => {
    const hostile = {
      region: 'us-east-1;id',
      routeTableId: 'rtb-1$(id)',
      destination: '10.2.0.0/16',
      peeringId: "pcx-1'`id`",
    };
    expect(wordsIn(routeCommand('create', hostile))).toEqual([
      ...['aws', 'ec2', 'create-route', '--region', hostile.region, '--route-table-id', hostile.routeTableId],
      ...['--destination-cidr-block', hostile.destination, '--vpc-peering-connection-id', hostile.peeringId],
    ]);
  });
});
