#!/usr/bin/env node
// The command is built into dist/cli by `npm install` (script `prepare`); this file only finds it.
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`peering: Node ${process.versions.node} is too old; it needs 20.19 or newer.\n`);
  process.exit(1);
}
const built = new URL('../dist/cli/peering.mjs', import.meta.url);
if (!existsSync(built)) {
  process.stderr.write(
    'peering: The command is not built yet. Run npm ci, without --omit=dev, in the project.\n',
  );
  process.exit(1);
}
// The SDK's advice on Node versions is none of the person's concern here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// Node 22 and newer keep the compiled code, so that the next start is faster.
module.enableCompileCache?.();
await import(built);
