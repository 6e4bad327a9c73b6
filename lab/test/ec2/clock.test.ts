import { clockRoutes, createClock } from '../../clock.ts';
import { createRouter } from '../../router.ts';

async function ask(method: 'GET' | 'POST', body?: unknown) {
  const clock = createClock();
  const before = clock.now().getTime();
  const answer = await createRouter(clockRoutes(clock))({
    method,
    path: '/_lab/clock',
    query: '',
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
  });
  return {
    status: answer.status,
    answer: JSON.parse(answer.body.toString()) as { now?: string; error?: string },
    ahead: clock.now().getTime() - before,
  };
}

describe("the lab's clock", () => {
  it('goes ahead on request', async () => {
    const { answer, ahead } = await ask('POST', { advanceSeconds: 86_400 });

    expect(ahead).toBeGreaterThanOrEqual(86_400_000);
    expect(answer.now).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('tells the time', async () => {
    expect((await ask('GET')).answer.now).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it.each([[{}], [{ advanceSeconds: -1 }], [{ advanceSeconds: '5' }], [undefined]])(
    'refuses %j',
    async (body) => {
      const { status, answer, ahead } = await ask('POST', body);

      expect(status).toBe(400);
      expect(answer.error).toContain('the clock never goes back');
      expect(ahead).toBeLessThan(86_400_000);
    },
  );
});
