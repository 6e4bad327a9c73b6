import type { RecordedAnswer } from '../../proof/judges/answers.ts';
import { type ComparedAnswer, compareWithBotocore, judgeResultOf } from '../../proof/judges/botocore.ts';

/** The judge itself: what it finds in answers that are wrong, and that it finds nothing in right ones. */

function ec2Answer(content: string, given: Partial<RecordedAnswer> = {}): RecordedAnswer {
  const body = `<DescribeVpcPeeringConnectionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1-2</requestId>${content}</DescribeVpcPeeringConnectionsResponse>`;
  return {
    ...{ service: 'ec2', protocol: 'ec2', action: 'DescribeVpcPeeringConnections' },
    ...{ method: 'POST', path: '/', query: '', status: 200, headers: {} },
    body: Buffer.from(body).toString('base64'),
    ...given,
  };
}

function jsonAnswer(action: string, content: unknown, headers = { 'x-amzn-requestid': '1' }): RecordedAnswer {
  return {
    ...{ service: 'ssm', protocol: 'json', action, method: 'POST', path: '/', query: '', status: 200 },
    headers,
    body: Buffer.from(JSON.stringify(content)).toString('base64'),
  };
}

const peering = (content: string) =>
  ec2Answer(`<vpcPeeringConnectionSet><item>${content}</item></vpcPeeringConnectionSet>`);

async function faultsOf(answer: RecordedAnswer): Promise<readonly string[]> {
  const [held] = await compareWithBotocore([answer], () => undefined);
  return held?.faults ?? ['nothing was held'];
}

describe("botocore's model finds", () => {
  it('nothing in a right answer', async () => {
    expect(await faultsOf(peering('<status><code>active</code><message>Active</message></status>'))).toEqual(
      [],
    );
  });

  it('an element that is not there on AWS', async () => {
    expect(await faultsOf(peering('<statusCode>active</statusCode>'))).toEqual([
      'VpcPeeringConnections[] has <statusCode>, which the model does not know',
    ]);
  });

  it('a value outside the enum, and one of another type', async () => {
    expect(
      await faultsOf(
        peering('<status><code>Active</code></status><expirationTime>tomorrow</expirationTime>'),
      ),
    ).toEqual([
      "VpcPeeringConnections[].Status.Code is 'Active', which is none of its values",
      "VpcPeeringConnections[].ExpirationTime is 'tomorrow', no time",
      expect.stringContaining('the answer cannot be parsed by botocore: '),
    ]);
  });

  it('an element that is there twice, and one in a list that is no member', async () => {
    expect(
      await faultsOf(
        peering(
          '<tagSet><member/></tagSet><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId><vpcPeeringConnectionId>pcx-2</vpcPeeringConnectionId>',
        ),
      ),
    ).toEqual([
      'VpcPeeringConnections[].Tags has an element <member> where each is <item>',
      'VpcPeeringConnections[] has <vpcPeeringConnectionId> twice',
    ]);
  });

  it('JSON with a member of its own, a null, a text for a number, and no request id', async () => {
    const command = { CommandId: '0', TargetCount: '1', Comment: null, Colour: 'blue' };
    expect(await faultsOf({ ...jsonAnswer('SendCommand', { Command: command }), headers: {} })).toEqual([
      "Command.TargetCount is '1', no integer",
      'Command.Comment is null, where AWS leaves out what is not there',
      'Command has Colour, which the model does not know',
      'the answer has no request id that botocore finds',
    ]);
  });

  it('a required member that is missing', async () => {
    const rest = { protocol: 'query', service: 'cloudformation', action: 'DescribeStackResource' };
    const body =
      '<DescribeStackResourceResponse><DescribeStackResourceResult><StackResourceDetail><LogicalResourceId>A</LogicalResourceId><ResourceType>B</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></StackResourceDetail></DescribeStackResourceResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DescribeStackResourceResponse>';
    expect(await faultsOf(ec2Answer('', { ...rest, body: Buffer.from(body).toString('base64') }))).toEqual([
      'StackResourceDetail lacks LastUpdatedTimestamp, which is required',
    ]);
  });
});

describe('the verdict of the model', () => {
  const accepted: ComparedAnswer = {
    operation: 'ssm SendCommand',
    values: 1,
    faults: ["Command.NotificationConfig.NotificationType is '', which is none of its values"],
  };
  const answer = jsonAnswer('SendCommand', {});

  it('holds when only what is accepted was found and all was asked', () => {
    expect(judgeResultOf([accepted], [answer], ['ssm:SendCommand']).faults).toEqual([]);
  });

  it('fails by a new fault, by one that is accepted and gone, and by a read that was not asked', () => {
    const other = { operation: 'ssm SendCommand', values: 1, faults: ['Command.X is wrong'] };
    expect(judgeResultOf([other, other], [answer, answer], ['ec2:DescribeVpcs']).faults).toEqual([
      'ssm SendCommand: Command.X is wrong (2 times)',
      expect.stringContaining('Accepted, and does not occur:'),
      'ec2:DescribeVpcs was never asked, so its answer was not judged',
    ]);
  });

  it('fails by an operation that botocore does not know', () => {
    const unknown = { operation: null, values: 0, faults: [] };
    expect(judgeResultOf([accepted, unknown], [answer, { ...answer, action: 'Fly' }], []).faults).toEqual([
      'botocore knows no operation for an answer to ssm Fly',
    ]);
  });
});
