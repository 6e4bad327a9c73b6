import { join } from 'node:path';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createLabControl, type LabControl, type Notification } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { eventually, type LabAccount, type LabVpc, labAccount, tagOf } from '../support/lab-account.ts';

/**
 * A held request comes to the topic for chat, and a click on its button is carried out by the deployed stack. The lab has no
 * Amazon Q: the test reads the message and the stack's custom actions as AWS documents them, and sends what the button would.
 */

const REGION = 'us-east-1';
const OWN = '123456789012';
const STRANGER = '333333333333';
const STACK = 'vpc-peering-autopilot-prod';

let lab: Lab;
let control: LabControl;
let own: LabAccount;
let lambda: LambdaClient;
let actions: readonly CustomAction[];

interface CustomAction {
  readonly Definition: { readonly CommandText: string };
  readonly Attachments: readonly {
    readonly NotificationType: string;
    readonly ButtonText: string;
    readonly Criteria: readonly {
      readonly Operator: string;
      readonly VariableName: string;
      readonly Value: string;
    }[];
    readonly Variables: Readonly<Record<string, string>>;
  }[];
}

interface ChatMessage {
  readonly source: string;
  readonly content: { readonly title: string; readonly description: string };
  readonly metadata: { readonly threadId?: string; readonly additionalContext?: object };
}

/** The custom actions of the deployed stack, with what CloudFormation puts in place of `Fn::Sub`. */
async function deployedActions(): Promise<CustomAction[]> {
  const cloudFormation = new CloudFormationClient({
    endpoint: lab.url,
    region: REGION,
    credentials: own.credentials,
  });
  const { TemplateBody = '{}' } = await cloudFormation.send(new GetTemplateCommand({ StackName: STACK }));
  const { Resources } = JSON.parse(TemplateBody, (_key, value) =>
    typeof value === 'object' && value !== null && 'Fn::Sub' in value && typeof value['Fn::Sub'] === 'string'
      ? value['Fn::Sub'].replaceAll(`\${AWS::Region}`, REGION).replaceAll(`\${AWS::AccountId}`, OWN)
      : value,
  ) as { Resources: Record<string, { Type: string; Properties: CustomAction }> };
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Chatbot::CustomAction')
    .map(({ Properties }) => Properties);
}

async function chatMessages(about: string): Promise<ChatMessage[]> {
  const answer = await fetch(`${lab.url}/_lab/notifications?account=${OWN}`);
  const all = (await answer.json()) as Notification[];
  return (
    all
      .filter(({ topicArn }) => topicArn.includes('ChatTopic'))
      .map(({ message }) => JSON.parse(message) as ChatMessage)
      // Alarms come as CloudWatch writes them.
      .filter(({ source, content }) => source === 'custom' && content.title.includes(about))
  );
}

/** `event.metadata.additionalContext.PeeringId` of a message. */
function valueAt(path: string, event: ChatMessage): string | undefined {
  const value = path
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
      { event },
    );
  return typeof value === 'string' ? value : undefined;
}

/** The commands behind the buttons that a message has, by the text of the button. */
function buttonsOf(message: ChatMessage): Map<string, string> {
  return new Map(
    actions.flatMap(({ Definition, Attachments }) =>
      Attachments.flatMap(({ NotificationType, ButtonText, Criteria, Variables }): [string, string][] => {
        const values = Object.entries(Variables).map(
          ([name, path]) => [name, valueAt(path, message)] as const,
        );
        const fits = Criteria.every(
          ({ Operator, VariableName, Value }) =>
            Operator === 'EQUALS' && new Map(values).get(VariableName) === Value,
        );
        expect(NotificationType).toBe('Custom');
        return fits && message.source === 'custom'
          ? [
              [
                ButtonText,
                values.reduce(
                  (text, [name, value]) => text.replaceAll(`$${name}`, value ?? ''),
                  Definition.CommandText,
                ),
              ],
            ]
          : [];
      }),
    ),
  );
}

/** Does what the command says, as the AWS CLI would: `lambda invoke --function-name … --region … --payload …`. */
async function run(command: string | undefined): Promise<string> {
  const [, name, region, payload] =
    /^lambda invoke --function-name (\S+) --region (\S+) --payload (\{.*\})$/.exec(command ?? '') ?? [];
  expect([name, region]).toEqual([`${STACK}-answer-request`, REGION]);
  return invoke(JSON.parse(payload ?? ''));
}

async function invoke(payload: unknown): Promise<string> {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({
      FunctionName: `${STACK}-answer-request`,
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );
  expect(FunctionError).toBeUndefined();
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

async function asked(cidr: string, to: string): Promise<{ pcx: string; here: LabVpc }> {
  const other = await labAccount({ endpoint: lab.url, region: REGION, accountId: STRANGER });
  const here = await own.createVpc(to);
  const pcx = await other.request(await other.createVpc(cidr), here, { accountId: OWN });
  // No event of an account without the product tells of its requests.
  await control.fire('sweep');
  await control.idle();
  return { pcx, here };
}

async function heldMessage(pcx: string): Promise<ChatMessage> {
  const [message] = await chatMessages(pcx);
  if (message === undefined) throw new Error(`chat was not told of ${pcx}`);
  return message;
}

const statusOf = async (pcx: string) => (await own.peering(pcx))?.Status?.Code;

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  lambda = new LambdaClient({ endpoint: lab.url, region: REGION, credentials: own.credentials });
  await lab.deploy({ policyFile: join(__dirname, 'chat.yml'), region: REGION });
  actions = await deployedActions();
});

afterAll(() => lab?.stop());

it('accepts and routes what a hold rule holds, says so in the same thread, and says at a second click that it is so', async () => {
  const { pcx, here } = await asked('10.65.0.0/16', '10.1.0.0/16');
  const message = await heldMessage(pcx);
  expect(message.metadata.threadId).toBe(pcx);
  expect(message.content.description).toContain(`peering accept ${pcx}`);
  const buttons = buttonsOf(message);
  expect([...buttons.keys()]).toEqual(['Accept', 'Reject']);

  expect(await run(buttons.get('Accept'))).toBe(
    `${pcx} is accepted as rule reviewed; 1 route to make once it is active.`,
  );
  await eventually('the route', async () =>
    (await own.peeringRoutes(here.tableId)).join() === `10.65.0.0/16 -> ${pcx} active` ? true : undefined,
  );
  expect(tagOf(await own.peering(pcx), 'decided-by')).toMatch(/^chat: arn:aws:lambda:.*answer-request$/);

  expect(await run(buttons.get('Accept'))).toMatch(new RegExp(`^${pcx} was accepted already by chat`));
  expect(await run(buttons.get('Reject'))).toContain('Nothing was done');
  await control.idle();
  const thread = (await chatMessages(pcx)).slice(1);
  expect(thread.map(({ content }) => content.title)).toEqual([expect.stringContaining('accepted by hand')]);
  for (const each of thread) {
    expect(each.metadata.threadId).toBe(pcx);
    expect(buttonsOf(each).size).toBe(0);
  }
});

it('rejects', async () => {
  const { pcx } = await asked('10.66.0.0/16', '10.2.0.0/16');
  expect(await run(buttonsOf(await heldMessage(pcx)).get('Reject'))).toBe(`${pcx} is rejected.`);
  expect(await statusOf(pcx)).toBe('rejected');
});

it('gives no button to what no hold rule matches, and accepts it by no payload', async () => {
  const { pcx } = await asked('10.20.0.0/16', '10.3.0.0/16');
  const message = await heldMessage(pcx);
  expect(message.metadata.additionalContext).toBeUndefined();
  expect(buttonsOf(message).size).toBe(0);
  const payload = { answer: 'accept', peeringId: pcx, region: REGION };
  expect(await invoke(payload)).toContain('no hold rule leaves it to a person');
  expect(await invoke({ ...payload, as: 'partners', rule: 'partners', decision: 'accept' })).toContain(
    'no hold rule',
  );
  expect(await invoke({ ...payload, region: 'eu-west-1' })).toContain('Nothing was done');
  expect(await invoke({ ...payload, peeringId: '$PeeringId' })).toContain('Nothing was done');
  expect(await invoke('accept')).toContain('Nothing was done');
  expect(await statusOf(pcx)).toBe('pending-acceptance');
});

it('offers no button for what would take addresses that lead elsewhere, and does not accept it from one of another message', async () => {
  const first = await asked('10.67.0.0/16', '10.4.0.0/16');
  const accept = buttonsOf(await heldMessage(first.pcx)).get('Accept');
  await run(accept);
  await control.idle();
  const other = await labAccount({ endpoint: lab.url, region: REGION, accountId: STRANGER });
  const pcx = await other.request(await other.createVpc('10.67.0.0/16'), first.here, { accountId: OWN });
  await control.fire('sweep');
  await control.idle();
  expect([...buttonsOf(await heldMessage(pcx)).keys()]).toEqual([]);
  expect(await run(accept?.replaceAll(first.pcx, pcx))).toContain(first.pcx);
  expect(await statusOf(pcx)).toBe('pending-acceptance');
});
