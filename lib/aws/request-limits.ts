/**
 * How long a call may hang. The SDK waits for ever by itself, and a connection that died silently would then keep a
 * function until Lambda ends it, for up to 15 minutes and with everything else of the pass undone. A call given up may
 * have taken effect; the error is one that is read again after. Milliseconds; three attempts fit into 30 s.
 */
export const REQUEST_LIMITS = {
  connectionTimeout: 2000,
  /** Until the answer begins. */
  requestTimeout: 8000,
  /** Without it the SDK only warns. */
  throwOnRequestTimeout: true,
} as const;
