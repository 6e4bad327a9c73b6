import { type Storm, type StormResult, weather } from '../support/connect-storm.ts';

/**
 * Many VPCs tagged in one go: the functions that request, accept and route, side by side, on an EC2 that refuses what its buckets
 * have no token for. A thousand VPCs are played by `npm run proof -- --only storm`.
 */

function played(storm: Storm): () => StormResult {
  let result: StormResult | undefined;
  beforeAll(async () => {
    result = await weather(storm);
  }, 60_000);
  return () => {
    if (result === undefined) throw new Error('The storm was not played.');
    return result;
  };
}

describe('two hundred VPCs tagged in one go', () => {
  const result = played({ hubs: 5, spokes: 40, mesh: 0 });

  it('end in peerings and routes on both sides, each requested once, told in one message', () => {
    const { problems, messages, wanted } = result();
    expect(problems).toEqual([]);
    expect(wanted).toBe(200);
    expect(messages).toEqual([`VPCs to connect in 111111111111: 200 peerings requested`]);
  });

  it('keep the pace of EC2, with no more requests waiting than it lets through, and hold nothing for nothing', () => {
    const { most, refused, seconds, leastSeconds } = result();
    expect(most.outstanding).toBe(25);
    expect(refused).toEqual([]);
    expect(seconds).toBeGreaterThanOrEqual(leastSeconds);
    expect(seconds).toBeLessThan(leastSeconds * 1.25 + 30);
  });
});

describe('a mesh', () => {
  it('that fits is peered as a whole, beside hubs with their spokes', async () => {
    const { problems, wanted, messages } = await weather({ hubs: 1, spokes: 4, mesh: 12 });
    expect(problems).toEqual([]);
    expect(wanted).toBe(4 + (12 * 11) / 2);
    expect(messages).toEqual([`VPCs to connect in 111111111111: ${wanted} peerings requested`]);
  });

  it('that has outgrown peering is told at once with its numbers, and does not keep hubs from their spokes', async () => {
    const { problems, wanted, messages, texts } = await weather({ hubs: 1, spokes: 4, mesh: 47 });
    expect(problems).toEqual([]);
    expect(wanted).toBe(4);
    expect(messages).toEqual([
      'VPCs to connect in 111111111111: 1 problem',
      'VPCs to connect in 111111111111: 4 peerings requested',
    ]);
    expect(texts[0]).toContain('The mesh has 47 VPCs: 1,081 peerings, 46 of each VPC');
  });
});

it('an EC2 that shows requests and acceptances late delays them, and nothing more', async () => {
  const { problems, failures, messages } = await weather({ hubs: 2, spokes: 15, mesh: 0, lag: 3000 });
  // What it still shows as waiting is accepted once more, which it refuses.
  expect(problems).toEqual(['EC2 refused AcceptVpcPeeringConnection: InvalidStateTransition']);
  expect(failures).toEqual([]);
  expect(messages).toEqual(['VPCs to connect in 111111111111: 30 peerings requested']);
});
