/** Names of what keeps a call from reaching AWS (Node.js documentation, "Common system errors", and of name resolution). */
const UNREACHED = /\b(EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b/;

/** What a person does about an error of the deployment tool that is one of the network; undefined for any other. */
export function networkRemedy(error: unknown): string | undefined {
  return error instanceof Error && UNREACHED.test(error.message)
    ? 'AWS was not reached. Look at the network, or at the proxy that the environment names, then run the same command again: it goes on with what is there.'
    : undefined;
}
