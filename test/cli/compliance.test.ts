import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { motoEnvironment } from 'local-aws-peering/command';
import { commandOfFile, valid } from './support/command.ts';
import { peering as connection, id, OWN, table, vpc, writeAnswers } from './support/network.ts';

/** `report --compliance`: a table, findings for Security Hub, and a section of the page. */

jest.setTimeout(120_000);

const OTHER = '222222222222';
const peering = commandOfFile();
const { inDirectory } = peering;

interface Finding {
  readonly Id: string;
  readonly AwsAccountId: string;
  readonly GeneratorId: string;
  readonly ProductArn: string;
  readonly Title: string;
  readonly Description: string;
  readonly Severity: { readonly Label: string };
  readonly Compliance: { readonly Status: string; readonly RelatedRequirements: readonly string[] };
  readonly Resources: readonly { readonly Type: string; readonly Id: string }[];
}

/** VPC 1 of this account with VPC 2 of another one, whose table leads all of VPC 1 back. */
function write(accounts: readonly string[]): void {
  rmSync(inDirectory('net'), { recursive: true, force: true });
  for (const account of accounts) {
    const own = account === OWN;
    writeAnswers(inDirectory('net', 'accounts', account, 'us-east-1'), {
      VpcPeeringConnections: [
        connection(1, { number: 1 }, { number: 2, account: OTHER }),
        connection(2, { number: 1 }, { number: 3, account: OTHER }, 'pending-acceptance'),
      ],
      RouteTables: [
        {
          ...(own ? table(1, 1, [['10.2.1.0/24', 1]]) : table(2, 2, [['10.1.0.0/16', 1]])),
          OwnerId: account,
        },
      ],
      Vpcs: [{ ...(own ? vpc(1, 'app') : vpc(2, 'data')), OwnerId: account }],
    });
  }
}

beforeAll(() => {
  writeFileSync(
    inDirectory('policy.yml'),
    'version: 1\nregions: [us-east-1]\nrules: [{ name: all, effect: accept, remote: { accounts: ["*"] }, routes: { destinations: [10.2.1.0/24] } }]\n',
  );
});

const report = (...args: readonly string[]) =>
  peering.run(['report', '--snapshot', 'net', '--policy', 'policy.yml', ...args]);

async function findings(...args: readonly string[]): Promise<readonly Finding[]> {
  const { stdout } = await report('--compliance', '--json', ...args);
  return (valid('report', stdout) as { Findings: readonly Finding[] }).Findings;
}

const inShort = (all: readonly Finding[]) =>
  all.map(({ AwsAccountId, GeneratorId, Compliance, Id }) =>
    [AwsAccountId, GeneratorId.split('/')[1], Id.split('/').slice(4).join(' '), Compliance.Status].join(' '),
  );

const PCX = id('pcx', 1);
const [VPC_1, VPC_2] = [id('vpc', 1), id('vpc', 2)];

describe('of one account', () => {
  beforeEach(() => write([OWN]));

  it('the side of the other one is not available, and never passed', async () => {
    expect(inShort(await findings())).toEqual([
      `${OWN} cis-least-access ${PCX} ${VPC_1} PASSED`,
      `${OWN} prowler-least-privilege ${PCX} ${VPC_1} PASSED`,
      `${OWN} cis-least-access ${PCX} ${VPC_2} NOT_AVAILABLE`,
      `${OWN} prowler-least-privilege ${PCX} ${VPC_2} NOT_AVAILABLE`,
      `${OWN} config-dns-resolution ${PCX} NOT_AVAILABLE`,
    ]);
  });

  it('each finding names its account, Region, check, peering and what was looked at', async () => {
    const [first] = await findings();
    expect(first).toMatchObject({
      SchemaVersion: '2018-10-08',
      Id: `vpc-peering-autopilot/us-east-1/${OWN}/cis-least-access/${PCX}/${VPC_1}`,
      ProductArn: `arn:aws:securityhub:us-east-1:${OWN}:product/${OWN}/default`,
      GeneratorId: 'vpc-peering-autopilot/cis-least-access',
      Severity: { Label: 'INFORMATIONAL' },
      Description: `${id('rtb', 1)} leads 0.39 % of its IPv4 range to it.`,
      Compliance: {
        RelatedRequirements: expect.arrayContaining(['CIS AWS Foundations Benchmark v3.0.0/5.5']),
      },
      Resources: [
        {
          Type: 'AwsEc2VpcPeeringConnection',
          Id: `arn:aws:ec2:us-east-1:${OWN}:vpc-peering-connection/${PCX}`,
          Details: { AwsEc2VpcPeeringConnection: { RequesterVpcInfo: { CidrBlock: '10.1.0.0/16' } } },
        },
        { Type: 'AwsEc2RouteTable', Id: `arn:aws:ec2:us-east-1:${OWN}:route-table/${id('rtb', 1)}` },
      ],
      ProductFields: { 'vpc-peering-autopilot/RouteTablesLookedAt': id('rtb', 1) },
    });
  });

  it('a person gets a table, with the evidence whole and the names that auditors know', async () => {
    const { code, stdout, stderr } = await report('--compliance');
    expect(code).toBe(0);
    expect(stdout).toContain(
      `PASSED cis-least-access ${PCX} ${VPC_1}: ${id('rtb', 1)} leads 0.39 % of its IPv4 range to it.`,
    );
    expect(stdout).toMatch(/^2 passed, 0 failed, 3 not available\. Looked at 20\d\d-/m);
    expect(stdout).toContain(
      'prowler-least-privilege: Prowler/vpc_peering_routing_tables_with_least_privilege',
    );
    expect(stderr).not.toContain('Written');
  });

  it('the page has a section of it only if it is asked for, and always how much is routed', async () => {
    expect((await report('--out', 'page.html')).code).toBe(0);
    const plain = readFileSync(inDirectory('page.html'), 'utf8');
    expect(plain).not.toContain('id="compliance"');
    expect(plain).toContain('0.39 %, 256 of 65,536 IPv4 addresses');
    expect((await report('--compliance', '--out', 'page.html')).code).toBe(0);
    const page = readFileSync(inDirectory('page.html'), 'utf8');
    expect(page).toContain('<h2 id="compliance">Compliance checks (5)</h2>');
    expect(page).toContain('Compliance checks: 2 passed, 0 failed, 3 not available.');
  });

  it('JSON is there of the checks alone', async () => {
    const { code, stderr } = await report('--json', '--out', 'page.html');
    expect([code, stderr]).toEqual([1, expect.stringContaining('--compliance --json')]);
  });
});

describe('of several accounts', () => {
  it('each tells of its own side', async () => {
    write([OWN, OTHER]);
    expect(inShort(await findings())).toEqual([
      `${OWN} cis-least-access ${PCX} ${VPC_1} PASSED`,
      `${OWN} prowler-least-privilege ${PCX} ${VPC_1} PASSED`,
      `${OWN} config-dns-resolution ${PCX} NOT_AVAILABLE`,
      `${OTHER} cis-least-access ${PCX} ${VPC_2} FAILED`,
      `${OTHER} prowler-least-privilege ${PCX} ${VPC_2} FAILED`,
      `${OTHER} config-dns-resolution ${PCX} NOT_AVAILABLE`,
    ]);
    const failed = (await findings()).find(({ Compliance }) => Compliance.Status === 'FAILED');
    expect(failed).toMatchObject({ Severity: { Label: 'MEDIUM' } });
  });

  it('one that was not read has passed nothing', async () => {
    write([OWN]);
    const all = await findings('--accounts', `${OWN},${OTHER}`);
    const unread = all.filter(({ AwsAccountId }) => AwsAccountId === OTHER);
    expect(inShort(unread)).toEqual([
      `${OTHER} cis-least-access not-read NOT_AVAILABLE`,
      `${OTHER} prowler-least-privilege not-read NOT_AVAILABLE`,
      `${OTHER} config-dns-resolution not-read NOT_AVAILABLE`,
    ]);
    expect(unread[0]?.Resources).toMatchObject([{ Type: 'AwsAccount', Id: `AWS::::Account:${OTHER}` }]);
    const { code, stdout, stderr } = await report('--compliance', '--accounts', `${OWN},${OTHER}`);
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`^not judged: .*${OTHER}.*snapshot`, 'm'));
    expect(stdout).not.toContain('not judged:');
  });

  it('the page says it, and the terminal in one line', async () => {
    write([OWN]);
    const { code, stdout, stderr } = await report('--out', 'page.html', '--accounts', `${OWN},${OTHER}`);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr.match(/^not judged: /gm)).toHaveLength(1);
    const reason = /^not judged: (.+)$/m.exec(stderr)?.[1] ?? 'no reason';
    expect(readFileSync(inDirectory('page.html'), 'utf8')).toContain(reason.slice(0, 40));
    expect((await report('--out', 'page.html')).stderr).not.toContain('not judged');
  });
});

/** The model of BatchImportFindings that AWS's own SDK checks input by, and its enums and patterns, which it does not check. */
const VALIDATE = `
import json, re, sys
from botocore.session import get_session
from botocore.validate import ParamValidator
model = get_session().get_service_model('securityhub')
shape = model.operation_model('BatchImportFindings').input_shape
document = json.load(open(sys.argv[1]))
report = ParamValidator().validate(document, shape)
problems = [report.generate_report()] if report.has_errors() else []
def walk(value, shape, path):
    if shape.type_name == 'structure':
        for name, inner in value.items():
            walk(inner, shape.members[name], path + '.' + name)
    elif shape.type_name == 'list':
        if len(value) > shape.metadata.get('max', len(value)):
            problems.append(path + ' has too many')
        for index, inner in enumerate(value):
            walk(inner, shape.member, '%s[%d]' % (path, index))
    elif shape.type_name == 'map':
        for name, inner in value.items():
            walk(inner, shape.value, path + '.' + name)
    elif shape.type_name == 'string':
        enum = getattr(shape, 'enum', [])
        if enum and value not in enum:
            problems.append('%s: %s is none of %s' % (path, value, enum))
        pattern = shape.metadata.get('pattern')
        if pattern and not re.search(pattern, value):
            problems.append('%s: %r does not match %s' % (path, value, pattern))
if not problems:
    walk(document, shape, '')
print('\\n'.join(problems) or 'valid %d' % len(document['Findings']))
`;

it('what it prints is what Security Hub takes', async () => {
  write([OWN]);
  const { stdout } = await report('--compliance', '--json', '--accounts', `${OWN},${OTHER}`);
  writeFileSync(inDirectory('findings.json'), stdout);
  const { python } = await motoEnvironment({ progress: () => undefined });
  const run = promisify(execFile);
  const checked = await run(python, ['-c', VALIDATE, inDirectory('findings.json')]);
  expect(checked.stdout.trim()).toBe('valid 8');
  writeFileSync(inDirectory('wrong.json'), stdout.replace('"NOT_AVAILABLE"', '"UNKNOWN"'));
  expect((await run(python, ['-c', VALIDATE, inDirectory('wrong.json')])).stdout).toContain(
    'UNKNOWN is none of',
  );
});
