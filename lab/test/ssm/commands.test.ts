import { getCommandInvocation } from '../../ssm/answers.ts';
import { type Command, createCommands, type Outcome, outcomeOf } from '../../ssm/commands.ts';

const place = { accountId: '111111111111', region: 'us-east-1' };

function sent(outcomes: readonly Outcome[]): Omit<Command, 'commandId' | 'visibleFrom'> {
  return {
    place,
    documentName: 'AWS-RunShellScript',
    documentVersion: '$DEFAULT',
    stepNames: ['aws:runShellScript'],
    comment: '',
    parameters: {},
    targets: [],
    timeoutSeconds: 3600,
    requested: new Date(0),
    invocations: outcomes.map((outcome, n) => ({
      instanceId: `i-${n}`,
      instanceName: '',
      outcome,
      steps: [],
    })),
  };
}

const as = (status: Outcome['status'], statusDetails: string = status): Outcome => ({
  status,
  statusDetails,
});

describe('createCommands', () => {
  it('shows a command to readers only a moment later', () => {
    let now = 1000;
    const commands = createCommands(20, () => now);
    const { commandId } = commands.add(sent([as('Pending')]));
    const read = () =>
      getCommandInvocation({ CommandId: commandId, InstanceId: 'i-0' }, commands.visible(place));

    expect(read).toThrow(expect.objectContaining({ code: 'InvocationDoesNotExist' }));
    now += 20;
    expect(read()).toMatchObject({ CommandId: commandId, Status: 'Pending', ResponseCode: -1 });
  });

  it('keeps accounts and Regions apart', () => {
    const commands = createCommands(0);
    commands.add(sent([]));

    expect(commands.visible({ ...place, region: 'eu-west-1' })).toEqual([]);
    expect(commands.visible({ ...place, accountId: '222222222222' })).toEqual([]);
  });

  it('forgets the oldest of more than a thousand', () => {
    const commands = createCommands(0);
    const first = commands.add(sent([]));
    for (let n = 0; n < 1000; n += 1) {
      commands.add(sent([]));
    }

    expect(commands.visible(place)).toHaveLength(1000);
    expect(commands.visible(place)).not.toContain(first);
  });
});

describe('outcomeOf', () => {
  it.each([
    [[as('Pending'), as('Pending')], 'Pending'],
    [[as('Pending'), as('Success')], 'InProgress'],
    [[as('InProgress'), as('Failed')], 'InProgress'],
    [[as('Success'), as('Success')], 'Success'],
    [[as('Success'), as('TimedOut', 'DeliveryTimedOut')], 'DeliveryTimedOut'],
    [[as('TimedOut'), as('Failed', 'Undeliverable')], 'Undeliverable'],
    [[], 'Success'],
  ])('of %j is %s', (outcomes, details) => {
    const [command] = [createCommands(0).add(sent(outcomes))];
    expect(outcomeOf(command).statusDetails).toBe(details);
  });
});

describe('getCommandInvocation', () => {
  it("cuts what was printed at SSM's limits", () => {
    const commands = createCommands(0);
    const { commandId, invocations } = commands.add(sent([as('Failed')]));
    for (const invocation of invocations) {
      invocation.steps = [
        {
          name: 'aws:runShellScript',
          ...as('Failed'),
          responseCode: 1,
          stdout: 'o'.repeat(30_000),
          stderr: 'e'.repeat(30_000),
          started: new Date(0),
          ended: new Date(1500),
        },
      ];
    }

    const answer = getCommandInvocation({ CommandId: commandId, InstanceId: 'i-0' }, commands.visible(place));
    expect(answer).toMatchObject({
      StandardOutputContent: 'o'.repeat(24_000),
      StandardErrorContent: 'e'.repeat(8_000),
      ExecutionElapsedTime: 'PT1.5S',
    });
  });
});
