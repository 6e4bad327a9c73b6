import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT_ROOT } from './bundle.ts';

/**
 * The script inside the picture, from cli/graph/browser: the same layout as the command's, for a browser. It is kept as
 * a file of the project because an installed command has no bundler.
 */
async function pictureScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(PROJECT_ROOT, 'cli', 'graph', 'browser', 'main.ts')],
    absWorkingDir: PROJECT_ROOT,
    write: false,
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild wrote nothing.');
  return file.text.trim();
}

/** A module that exports it. Neither XML nor HTML may find its own end in it. */
export async function pictureScriptModule(): Promise<string> {
  const script = await pictureScript();
  if (/<\/script|\]\]>|<!--/i.test(script)) {
    throw new Error(
      'The script holds </script, ]]> or <!--, at which a page or a picture would take it to end.',
    );
  }
  return `// Written by build/picture-script.ts from cli/graph/browser; a test compares them.\nexport const PICTURE_SCRIPT = ${JSON.stringify(script)};\n`;
}

// `node --import tsx build/picture-script.ts` writes the file.
if (process.argv[1]?.endsWith('picture-script.ts')) {
  void pictureScriptModule().then((text) =>
    writeFileSync(join(PROJECT_ROOT, 'lib', 'graph', 'picture-script.ts'), text),
  );
}
