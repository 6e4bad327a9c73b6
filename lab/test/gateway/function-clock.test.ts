import { createClock } from '../../clock.ts';
import { startWorker, type Worker } from '../../lambda-worker.ts';

/** What test/lab/gateway/fixture/clock.mjs answers. */
interface Seen {
  readonly atStart: number;
  readonly now: number;
  readonly date: string;
  readonly text: number;
  readonly given: string;
  readonly utc: number;
  readonly sameClass: boolean;
  readonly remaining: number;
}

const HOUR = 3_600_000;
const TASK = `${__dirname}/fixture`;

const clock = createClock();
const workers: Worker[] = [];

function start(): Worker {
  const worker = startWorker({
    directory: TASK,
    environment: { _HANDLER: 'clock.handler', LAMBDA_TASK_ROOT: TASK, TZ: ':UTC' },
    memoryMegabytes: 128,
    aheadMs: clock.aheadMs,
  });
  workers.push(worker);
  return worker;
}

async function ask(worker: Worker): Promise<Seen> {
  const invocation = { id: 'one', payload: '{}', context: {}, timeoutSeconds: 30, onLine: () => undefined };
  const { outcome, payload } = await worker.invoke(invocation);
  expect(outcome).toBe('success');
  return JSON.parse(payload);
}

/** Hours ahead of this machine's clock, where seconds do not count. */
function hoursAhead(time: number): number {
  return Math.round((time - Date.now()) / HOUR) + 0;
}

afterAll(() => {
  for (const worker of workers) {
    worker.kill();
  }
});

describe('the clock that a function sees', () => {
  it("is the machine's until the lab's is moved, then the lab's, also in a process that is warm", async () => {
    const worker = start();
    const before = await ask(worker);
    clock.advance(5 * 3600);
    const after = await ask(worker);

    expect([before.now, Date.parse(before.date), before.text].map(hoursAhead)).toEqual([0, 0, 0]);
    expect([after.now, Date.parse(after.date), after.text].map(hoursAhead)).toEqual([5, 5, 5]);
    expect(hoursAhead(after.atStart)).toBe(0);
  });

  it("is the lab's while a process starts, too", async () => {
    const { atStart } = await ask(start());
    expect(hoursAhead(atStart)).toBe(5);
  });

  it('leaves times that are given, and the time that the function has left', async () => {
    const { given, utc, sameClass, remaining } = await ask(start());
    expect(given).toBe('2026-01-02T03:04:05.000Z');
    expect(utc).toBe(Date.UTC(2026, 0, 2));
    expect(sameClass).toBe(true);
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(30_000);
  });
});
