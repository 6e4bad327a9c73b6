import { join } from 'node:path';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { writeSbom } from './sbom.ts';

/** `npm run sbom`. */
const { components } = await writeSbom(join(PROJECT_ROOT, 'dist/sbom'));
process.stdout.write(
  `dist/sbom/cyclonedx.json: ${components} components; dist/sbom/bundled.json: what is in each function.\n`,
);
