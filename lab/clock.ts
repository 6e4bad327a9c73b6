import { BadRequest } from './router.ts';
import type { LabClock, LabRoute } from './types.ts';

/** Starts at the present, and runs as fast as the present does. */
export function createClock(): LabClock {
  let aheadMs = 0;
  return {
    now: () => new Date(Date.now() + aheadMs),
    aheadMs: () => aheadMs,
    advance(seconds) {
      aheadMs += seconds * 1000;
    },
  };
}

/** `GET /_lab/clock`, and `POST /_lab/clock {"advanceSeconds": 3600}` to let requests expire and deleted peerings vanish. */
export function clockRoutes(clock: LabClock): readonly LabRoute[] {
  const now = () => ({ now: clock.now().toISOString() });
  return [
    { method: 'GET', path: '/_lab/clock', handle: now },
    {
      method: 'POST',
      path: '/_lab/clock',
      handle({ body }) {
        const { advanceSeconds } = (body ?? {}) as { readonly advanceSeconds?: unknown };
        if (typeof advanceSeconds !== 'number' || !(advanceSeconds >= 0)) {
          throw new BadRequest(
            'POST /_lab/clock takes {"advanceSeconds": <number>}, zero or more: the clock never goes back.',
          );
        }
        clock.advance(advanceSeconds);
        return now();
      },
    },
  ];
}
