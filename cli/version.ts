/** Put in when the command is built. */
declare const PEERING_VERSION: string;

/** `0.1.0`; `not built` where the command runs from its sources. */
export function commandVersion(): string {
  return typeof PEERING_VERSION === 'string' ? PEERING_VERSION : 'not built';
}
