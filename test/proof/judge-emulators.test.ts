import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { listening, reachable } from '../../proof/judges/emulators/process.ts';

/** What keeps an emulator by others from being open to the network. */

it('only addresses of this machine itself count as closed', () => {
  const closed = ['127.0.0.1:4566', '127.0.0.53:53', '[::1]:4566', '[::ffff:127.0.0.1]:4566'];
  const open = ['0.0.0.0:4566', '*:4566', '[::]:4566', '10.0.0.4:4566', '[fe80::1]:4566', '?'];
  expect(reachable([...closed, ...open])).toEqual(open);
});

/** Without these nobody can tell, and the judge says that it did not judge. */
const missing = ['ps', 'ss'].filter((tool) => spawnSync(tool, ['-V']).error !== undefined);
const tells = missing.length === 0 ? '' : ` - NOT TRIED: there is no ${missing.join(' and no ')} here`;

(missing.length === 0 ? it : it.skip)(
  `sees where a process listens, and those that it started${tells}`,
  async () => {
    const listen =
      "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })";
    const parent = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(listen)}], { stdio: ['ignore', 'inherit', 'inherit'] }); setInterval(() => {}, 1000)`;
    const child = spawn(process.execPath, ['-e', parent], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [port] = (await once(child.stdout, 'data')) as [Buffer];
      expect(await listening(child.pid ?? 0)).toEqual([`127.0.0.1:${port.toString().trim()}`]);
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }
  },
);
