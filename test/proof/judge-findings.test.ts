import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Accepted, type Finding, faultsOf, readAccepted } from '../../proof/judges/findings.ts';

const TEMPLATES = new Map([
  ['plain', { Queue: 'AWS::SQS::Queue', Dead: 'AWS::SQS::Queue', Table: 'AWS::DynamoDB::Table' }],
  ['with keys', { Queue: 'AWS::SQS::Queue' }],
]);

function finding(template: string, resource: string, rule = 'Q1'): Finding {
  return { template, resource, rule, text: 'not encrypted' };
}

const QUEUES: Accepted = {
  tool: 'checkov',
  rule: 'Q1',
  type: 'AWS::SQS::Queue',
  templates: ['plain'],
  reason: 'Encrypted with a key of SQS.',
};

describe('findings of a reviewing tool', () => {
  it('are in order when they are those that are accepted', () => {
    const found = [finding('plain', 'Queue'), finding('plain', 'Dead')];
    expect(faultsOf('checkov', found, [QUEUES], TEMPLATES)).toEqual([]);
  });

  it('fail by one more: another rule, another resource, another template', () => {
    const found = [
      finding('plain', 'Queue'),
      finding('plain', 'Dead'),
      finding('plain', 'Dead', 'Q2'),
      finding('plain', 'Table'),
      finding('with keys', 'Queue'),
    ];
    expect(faultsOf('checkov', found, [QUEUES], TEMPLATES)).toEqual([
      'New: plain, Dead: Q2 not encrypted',
      'New: plain, Table: Q1 not encrypted',
      'New: with keys, Queue: Q1 not encrypted',
    ]);
  });

  it('fail by one less, so that nothing stays accepted that is mended', () => {
    expect(faultsOf('checkov', [finding('plain', 'Queue')], [QUEUES], TEMPLATES)).toEqual([
      'Accepted, and does not occur: plain Q1 Dead',
    ]);
  });

  it('fail by an entry that is about nothing', () => {
    const entry = { ...QUEUES, type: undefined, resources: ['Gone'] };
    expect(faultsOf('checkov', [], [entry], TEMPLATES)).toEqual([
      'Accepted, and about no resource of any template: Q1',
    ]);
  });

  it('are not excused by what is accepted of another tool', () => {
    expect(faultsOf('cfn-guard', [finding('plain', 'Queue')], [QUEUES], TEMPLATES)).toEqual([
      'New: plain, Queue: Q1 not encrypted',
    ]);
  });
});

it('docs/stack.md tells of every rule of which something is accepted, and of no other', () => {
  const docs = readFileSync(join(__dirname, '../../docs/stack.md'), 'utf8');
  const [, table = ''] = /## What a review says\n([\s\S]*?)\n## /.exec(docs) ?? [];
  const told = table.match(/(?<=^\| |, )(CKV_\w+|CT\.[\w.]+|[IWE]\d{4})(?=[, ])/gm) ?? [];
  const accepted = new Set(readAccepted().map(({ rule }) => rule));
  expect([...new Set(told)].sort()).toEqual([...accepted].sort());
});
