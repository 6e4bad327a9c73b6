/** Resolved by the build to the compiled policy: see build/policy-module.ts. */
declare module 'virtual:peering-policy' {
  const policy: import('./schema.ts').Policy;
  export default policy;
}
