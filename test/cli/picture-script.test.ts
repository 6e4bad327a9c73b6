import { readFileSync } from 'node:fs';
import { pictureScriptModule } from '../../build/picture-script.ts';

it('the script in the picture is what its sources say: node --import tsx build/picture-script.ts writes it', async () => {
  expect(readFileSync('lib/graph/picture-script.ts', 'utf8')).toBe(await pictureScriptModule());
});
