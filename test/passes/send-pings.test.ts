import { PING_ONLY } from '../../lib/model/probe-kinds.ts';
import { sendAll } from '../../lib/passes/send-pings.ts';
import { OWN, policyOf, REGION } from '../support/fixtures.ts';

const IDS = ['i-0001', 'i-0002', 'i-0003', 'i-0004', 'i-0005', 'i-0006', 'i-0007', 'i-0008'];

/** Systems Manager as it is: one instance that is not ready has it refuse the whole command. */
async function send(notReady: readonly string[], message: (bad: readonly string[]) => string, ids = IDS) {
  const tried: (readonly string[])[] = [];
  const taken: string[] = [];
  const said: string[] = [];
  const failures: unknown[] = [];
  const result = await sendAll(
    {
      policy: policyOf(),
      commands: {
        sendPing: async ({ instanceIds }) => {
          tried.push(instanceIds);
          const bad = instanceIds.filter((id) => notReady.includes(id));
          if (bad.length > 0) {
            throw Object.assign(new Error(message(bad)), { name: 'InvalidInstanceId' });
          }
          taken.push(...instanceIds);
          return 'sent';
        },
      },
      journal: { warn: (_message, { reason }) => said.push(String(reason)) },
    },
    [{ region: REGION, target: '10.2.1.139', instanceIds: ids, comment: 'about', asked: PING_ONLY }],
    (error) => failures.push(error),
  );
  return { ...result, calls: tried.length, taken: taken.sort(), said, failures };
}

const named = (bad: readonly string[]) =>
  `Instances [[${bad.join(', ')}]] not in a valid state for account ${OWN}`;
const unnamed = () => 'not in a valid state';

describe('a command to instances of which one is not ready', () => {
  it.each([
    ['one more call, where Systems Manager names it', named, 2],
    ['the calls that it takes to find it by halves, where it does not', unnamed, 7],
  ])('reaches the others, and costs %s', async (_what, message, calls) => {
    const result = await send(['i-0003'], message);
    expect(result).toMatchObject({ taken: IDS.filter((id) => id !== 'i-0003'), calls, failures: [] });
    expect(result.said).toEqual([
      'No verdict from i-0003 in us-east-1: it is not ready, so Systems Manager takes no command for it. Look at whether it runs, and at its SSM agent.',
    ]);
  });

  it.each([
    ['named', named, 1],
    ['not named', unnamed, 15],
  ])('is sent to nobody where none is ready and they are %s', async (_what, message, calls) => {
    const result = await send(IDS, message);
    expect(result).toMatchObject({ sentTo: [], taken: [], calls, failures: [] });
    expect(result.notReady.map(({ instanceId }) => instanceId).sort()).toEqual(IDS);
  });

  it('is found by halves where Systems Manager names instances that are not ours', async () => {
    const result = await send(['i-0002'], () => 'Instances [[i-9999]] not in a valid state', [
      'i-0001',
      'i-0002',
    ]);
    expect(result).toMatchObject({ taken: ['i-0001'], calls: 3 });
  });
});
