import { REGION } from './fixtures.ts';

/**
 * Has each test of a file run as in a function's process: with its environment, and with what it writes kept.
 *
 * @param options now: the time at which the clock stands, in milliseconds since the epoch; without it time goes on.
 * @returns the log lines and metrics that the function wrote in this test, in the Embedded Metric Format.
 */
export function asLambdaProcess({ now }: { readonly now?: number } = {}): () => Record<string, unknown>[] {
  let lines: Record<string, unknown>[] = [];

  function keep(written: string | Uint8Array): boolean {
    const texts = String(written).split('\n');
    lines.push(...texts.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text)));
    return true;
  }

  beforeEach(() => {
    lines = [];
    if (now !== undefined) {
      jest.useFakeTimers({ now });
    }
    process.env.AWS_REGION = REGION;
    process.env.POWERTOOLS_SERVICE_NAME = 'vpc-peering-autopilot';
    process.env.POWERTOOLS_METRICS_NAMESPACE = 'VpcPeeringAutopilot';
    jest.spyOn(process.stdout, 'write').mockImplementation(keep);
    jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  return () => lines;
}
