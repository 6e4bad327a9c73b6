/** What a version before the registry remembered of one Region, as the texts that it wrote. */
export interface LegacyTexts {
  readonly repairs?: string;
  readonly toldFindings?: string;
  /** By `<peering>/<target>`, the colons of an IPv6 address written as `_`. */
  readonly lost: ReadonlyMap<string, string>;
  /** By peering. */
  readonly peer: ReadonlyMap<string, string>;
}

/** `aws/legacy-state.ts` reads it from SSM parameters. Nothing writes there any more. */
export interface LegacyState {
  /** @throws AWS errors. */
  read(region: string): Promise<LegacyTexts>;
}
