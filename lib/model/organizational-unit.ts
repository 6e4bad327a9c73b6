/** What AWS Organizations says of an organizational unit, or of a root. */

export interface UnitAccount {
  readonly accountId: string;
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, … */
  readonly state: string;
}

export type UnitAnswer =
  /** Those at any depth below it. */
  | { readonly accounts: readonly UnitAccount[] }
  | { readonly unread: { readonly reason: string; readonly retry: boolean } };

/** By the id of the unit. One that is not there was not asked for. */
export type UnitAnswers = ReadonlyMap<string, UnitAnswer>;
