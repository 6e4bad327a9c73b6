import '../bin/node-version.cjs';
import { createRequire } from 'node:module';

/**
 * Builds the `peering` command after `npm install` and `npm ci` of a clone (npm's `dependencies`, which it runs for the project itself alone)
 * and before `npm pack` (`prepack`). Not by `prepare`: whoever installs the package would be warned of a script. Plain
 * JavaScript, because what builds it is missing after `--omit=dev`; then it says so.
 */

const NEEDED = ['tsx', 'esbuild'];

function isInstalled(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

const missing = NEEDED.filter((name) => !isInstalled(name));
if (missing.length === 0) {
  const { register } = await import('tsx/esm/api');
  register();
  const { buildCommand } = await import('./cli.ts');
  await buildCommand();
} else {
  process.stderr.write(
    `The peering command was not built: ${missing.join(' and ')} not installed. Run npm ci without --omit=dev, or install a package made by npm pack, which holds the built command.\n`,
  );
  // An installation can go on without the command; a package without it would be of no use.
  process.exitCode = ['pack', 'publish'].includes(process.env.npm_command ?? '') ? 1 : 0;
}
