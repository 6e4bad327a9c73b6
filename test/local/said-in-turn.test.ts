import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { type Spoken, saidInTurn } from '../../local/tutorial/said-in-turn.ts';

/** Says its lines, each after that many turns of the event loop. */
function work(title: string, pauses: readonly number[]): Spoken {
  return {
    title,
    async run(say) {
      for (const [index, pause] of pauses.entries()) {
        for (let turn = 0; turn < pause; turn += 1) await setImmediate();
        say(`${title} ${index}`);
      }
    },
  };
}

it('keeps the lines of each together, in the order they were named, however they run', async () => {
  const pauses = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(pauses, { maxLength: 4 }), async (all) => {
      const said: string[] = [];
      await saidInTurn(
        all.map((each, index) => work(`w${index}`, each)),
        (line) => said.push(line),
      );
      expect(said).toEqual(
        all.flatMap((each, index) => [`w${index}`, ...each.map((_, line) => `w${index} ${line}`)]),
      );
    }),
  );
});

it('says the first at once', async () => {
  const said: string[] = [];
  const running = saidInTurn([work('a', [0, 1000])], (line) => said.push(line));
  await setImmediate();
  expect(said).toEqual(['a', 'a 0']);
  await running;
});

it('runs them at the same time', async () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const waits: Spoken = { title: 'waits', run: () => opened };
  const opens: Spoken = { title: 'opens', run: async () => open() };
  await expect(saidInTurn([waits, opens], () => undefined)).resolves.toBeUndefined();
});

it('says everything before it throws what went wrong', async () => {
  const fails: Spoken = { title: 'fails', run: () => Promise.reject(new Error('no such bucket')) };
  const said: string[] = [];
  await expect(saidInTurn([fails, work('b', [1])], (line) => said.push(line))).rejects.toThrow(
    'no such bucket',
  );
  expect(said).toEqual(['fails', 'b', 'b 0']);
});
