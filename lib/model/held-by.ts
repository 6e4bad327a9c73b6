/**
 * What keeps a change from being made by the functions.
 *
 * `observe`: the policy says `mode: observe`. `repair-off`: it says `drift.repair: false`. `contested`: something else keeps
 * undoing it. `acceptance`: the peering is a request that has to be accepted first. `rejection`: the route leads to a request
 * that the policy rejects, and goes once that is done. `mass-delete`: the plan would delete an
 * unusual share of the own routes (`guardrails.maxDeletesPercent`). `gap`: addresses would be without a route meanwhile,
 * because another change that has to come first is kept back. `activation`: the route takes a working path over
 * (`guardrails.widerRoutes: allow`), and its peering, still provisioning, carries nothing before it is active. `frozen`: a person froze the Region (`peering freeze`).
 */
export type HeldBy =
  | 'observe'
  | 'repair-off'
  | 'contested'
  | 'acceptance'
  | 'rejection'
  | 'activation'
  | 'mass-delete'
  | 'gap'
  | 'frozen';

/** Whether a change is made without anybody doing anything about it: what it waits for comes by itself, or in the same pass. */
export function followsByItself({ heldBy }: { readonly heldBy?: HeldBy | undefined }): boolean {
  return heldBy === 'activation' || waitsForAnswer({ heldBy });
}

/** Whether a change waits for the answer to a request, which is given before it in the same pass or plan. */
export function waitsForAnswer({ heldBy }: { readonly heldBy?: HeldBy | undefined }): boolean {
  return heldBy === 'acceptance' || heldBy === 'rejection';
}
