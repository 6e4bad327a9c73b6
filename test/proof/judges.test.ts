import { type Judge, NotJudged } from '../../proof/judges/judge.ts';
import { judgeAll } from '../../proof/judges.ts';

function judge(title: string, answer: () => Promise<{ markdown: string; faults: readonly string[] }>): Judge {
  return { title, judge: answer };
}

const content = judge('Content', async () => ({ markdown: 'All of 3.', faults: [] }));

describe('the judges of the proof', () => {
  it('hold when none finds a fault', async () => {
    expect(await judgeAll([content], () => undefined)).toEqual({
      ok: true,
      markdown: '### Content\n\nAll of 3.',
    });
  });

  it('fail by a fault, which is named', async () => {
    const strict = judge('Strict', async () => ({ markdown: '2 of 3.', faults: ['The third is wrong.'] }));
    expect(await judgeAll([strict, content], () => undefined)).toEqual({
      ok: false,
      markdown:
        '### Strict\n\n2 of 3.\n\n**Failed**, by 1:\n\n- The third is wrong.\n\n### Content\n\nAll of 3.',
    });
  });

  it('fail by a judge that is not to be had, which is said aloud, and ask the others', async () => {
    const said: string[] = [];
    const absent = judge('Absent', async () => {
      throw new NotJudged('there is no JDK here');
    });
    const { ok, markdown } = await judgeAll([absent, content], (line) => said.push(line));
    expect(ok).toBe(false);
    expect(markdown).toContain('### Absent\n\n**Not judged**: there is no JDK here.\n\n### Content');
    expect(said).toContain('Absent: NOT JUDGED: there is no JDK here');
  });

  it('do not take a fault of their own for an absent judge', async () => {
    const broken = judge('Broken', async () => {
      throw new Error('no answer');
    });
    await expect(judgeAll([broken], () => undefined)).rejects.toThrow('no answer');
  });

  it('are asked two at a time, and told in their order', async () => {
    const asked: string[] = [];
    let release = () => {};
    const others = new Promise<void>((resolve) => {
      release = resolve;
    });
    const of = (title: string, waiting: () => Promise<void> | void) =>
      judge(title, async () => {
        asked.push(title);
        await waiting();
        asked.push(`${title} done`);
        return { markdown: 'x', faults: [] };
      });
    // The first ends only after the others, which are asked one after the other beside it.
    const { markdown } = await judgeAll(
      [of('A', () => others), of('B', () => undefined), of('C', release)],
      () => undefined,
    );
    expect(asked.slice(0, 4)).toEqual(['A', 'B', 'B done', 'C']);
    expect(markdown.match(/### \w/g)).toEqual(['### A', '### B', '### C']);
  });
});
