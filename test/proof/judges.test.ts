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
    const order: string[] = [];
    let atWork = 0;
    let most = 0;
    const slow = (title: string, milliseconds: number) =>
      judge(title, async () => {
        atWork += 1;
        most = Math.max(most, atWork);
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        atWork -= 1;
        order.push(title);
        return { markdown: 'x', faults: [] };
      });
    const { markdown } = await judgeAll([slow('A', 60), slow('B', 5), slow('C', 5)], () => undefined);
    expect(markdown.match(/### \w/g)).toEqual(['### A', '### B', '### C']);
    expect(order.at(-1)).toBe('A');
    expect(most).toBe(2);
  });
});
