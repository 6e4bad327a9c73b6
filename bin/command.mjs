// The command is built into dist/cli by `npm ci` and `npm pack` (build/prepare.mjs); this file only finds it.
import { existsSync } from 'node:fs';
import module from 'node:module';

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
