/** SSM Run Command over the modelled network: command documents, and what their scripts print on an instance. */
export { type Bound, bindParameters, type CommandDocument, linesOf, parseDocument } from './documents.ts';
export { type FoundPing, findPing, type Ping } from './ping-command.ts';
export { createModelPinger, type Pinger, type PingOutcome, type PingRequest } from './ping-run.ts';
export { iputilsText, windowsText } from './ping-text.ts';
export { createRealPing, type RealPing } from './real-ping.ts';
export { type Done, runSteps, type Work } from './run-steps.ts';
export type { KnownScript, RunInShell, ScriptWork, ShellRequest } from './scripts.ts';
export { SsmError } from './ssm-error.ts';
