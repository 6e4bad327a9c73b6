import { motoEnvironment } from '../../moto.ts';

/** Workers would otherwise install the same Python packages at once, while the clocks of their tests run. */
export default async function beforeRun(): Promise<void> {
  await motoEnvironment({ progress: (line) => process.stderr.write(`${line}\n`) });
}
