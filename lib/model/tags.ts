/** The keys of the product's tags, each under the policy's `tagPrefix`. */

/** On a route table: whether the product may write to it, and for which rules. */
export function routesTagKey(tagPrefix: string): string {
  return `${tagPrefix}:routes`;
}

/** On a peering, written by versions that kept no registry: which of its routes were all in place once. */
export function syncedTagKey(tagPrefix: string): string {
  return `${tagPrefix}:routes-synced-at`;
}

/** On a peering: when it ends, as people say it. */
export function expiresTagKey(tagPrefix: string): string {
  return `${tagPrefix}:expires`;
}

/** On a peering whose time is over and that is to be deleted: when that was told. No role can delete one without it. */
export function endedTagKey(tagPrefix: string): string {
  return `${tagPrefix}:ended-at`;
}

/** On a peering that the product requested: the connection of the policy that it was requested for. */
export function connectionTagKey(tagPrefix: string): string {
  return `${tagPrefix}:connection`;
}
