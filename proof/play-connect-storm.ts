import { type Storm, weather } from '../test/support/connect-storm.ts';

/** Plays the storms of `connect` and `mesh`, and prints one line of JSON for each. A process of its own, whose clock is turned. */

/** Hubs with almost as many spokes as they have room for, and a mesh of almost as many VPCs as fit: a thousand VPCs. */
const THOUSAND: Storm = { hubs: 24, spokes: 39, mesh: 40 };
/** One VPC more than a mesh has room for. */
const OUTGROWN: Storm = { hubs: 2, spokes: 40, mesh: 47 };

for (const storm of [THOUSAND, OUTGROWN]) {
  process.stdout.write(`${JSON.stringify({ storm, result: await weather(storm) })}\n`);
}
