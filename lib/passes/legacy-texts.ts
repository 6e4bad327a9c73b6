/**
 * The texts that a version before the registry kept in SSM parameters, one of each for a Region, of at most 4096
 * characters. Times are seconds since the epoch in base 36. Neither reader throws: what cannot be read counts as not
 * remembered.
 *
 * - What people were told: `1 1a2b3c@t5xk2o …`, by `findingKey` when a finding was last seen; `1+ …` when not everything
 *   found room.
 * - Repairs: `1 rtb-1=10.2.0.0/16@t5xk2o+2s+1f …`, by `repairKey` when a route was repaired, the first time in full, the
 *   others as seconds after the one before.
 */
export interface ToldFindings {
  /** By `findingKey`: when it was last seen, in seconds since the epoch. */
  readonly seen: ReadonlyMap<string, number>;
  /** Set when more was told than could be noted: what is not noted counts as told. */
  readonly full?: true;
}

const VERSION = '1';
/** The version where not everything found room. */
const FULL = '1+';

export function readToldText(text: string): ToldFindings {
  const [version, ...entries] = text.trim().split(/\s+/);
  if (version !== VERSION && version !== FULL) {
    return { seen: new Map() };
  }
  return {
    ...(version === FULL ? { full: true } : {}),
    seen: new Map(
      entries.flatMap((entry) => {
        const [, key, last] = /^([0-9a-z]{1,7})@([0-9a-z]{1,8})$/.exec(entry) ?? [];
        return key === undefined || last === undefined ? [] : [[key, Number.parseInt(last, 36)] as const];
      }),
    ),
  };
}

const REPAIRS_OF_ROUTE = /^(rtb-[0-9a-f]+=[0-9a-f.:]+\/\d{1,3})@([0-9a-z]{1,8}(?:\+[0-9a-z]{1,8}){0,2})$/;

/** @returns by `repairKey`: when the route was repaired, in seconds since the epoch, oldest first. */
export function readHistoryText(text: string): ReadonlyMap<string, readonly number[]> {
  const [version, ...entries] = text.trim().split(/\s+/);
  if (version !== VERSION) {
    return new Map();
  }
  return new Map(
    entries.flatMap((entry) => {
      const [, key, encoded] = REPAIRS_OF_ROUTE.exec(entry) ?? [];
      if (key === undefined || encoded === undefined) {
        return [];
      }
      let time = 0;
      const times = encoded.split('+').map((after) => {
        time += Number.parseInt(after, 36);
        return time;
      });
      return [[key, times] as const];
    }),
  );
}
