import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Peering, PeeringSide } from '../../lib/model/peering.ts';
import { CidrError, parseCidr } from '../../lib/network/cidr.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { policiesOf } from '../policy.ts';
import { readJson, readText } from '../read-json.ts';
import { type Answer, answer, type OwnVpc, requestOf } from '../request.ts';
import type { Verb } from '../verb.ts';

const account = z.string().regex(/^(\d{12}|self)$/, 'an account is 12 digits in quotes, or self');

const cidr = z.string().superRefine((text, context) => {
  try {
    parseCidr(text);
  } catch (error) {
    if (!(error instanceof CidrError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

const side = z.strictObject({
  account: account.default('self'),
  region: z.string().default('us-east-1'),
  vpc: z
    .string()
    .regex(/^vpc-[0-9a-f]{8,17}$/, 'a VPC looks like vpc-0a1b2c3d4e5f60718')
    .optional(),
  cidrs: z.array(cidr).optional(),
  tags: z.record(z.string(), z.string()).default({}),
});

const decision = z.enum(['accept', 'hold', 'reject']);

const testCase = z
  .strictObject({
    name: z.string().min(1),
    event: z.string().optional(),
    requester: side.optional(),
    accepter: side.optional(),
    status: z.enum(['pending-acceptance', 'active']).default('pending-acceptance'),
    activePeerings: z.int().min(0).optional(),
    routes: z
      .array(z.strictObject({ destination: cidr, target: z.string(), table: z.string().default('rtb-test') }))
      .optional(),
    allocations: z
      .array(
        z.strictObject({
          cidr,
          account,
          vpc: z
            .string()
            .regex(/^vpc-[0-9a-f]{8,17}$/, 'a VPC looks like vpc-0a1b2c3d4e5f60718')
            .optional(),
        }),
      )
      .optional(),
    expect: z.union([decision, z.strictObject({ decision, rule: z.string().nullable().optional() })], {
      error: 'expect is accept, hold or reject, or {decision: …, rule: …}',
    }),
  })
  .refine(
    ({ event, requester, accepter }) =>
      (event === undefined) === (requester !== undefined && accepter !== undefined),
    {
      error: 'a case has either an event, or a requester and an accepter',
    },
  );

const testFile = z.strictObject({
  account: z
    .string()
    .regex(/^\d{12}$/, 'account is 12 digits in quotes')
    .default('111111111111'),
  cases: z.array(testCase).min(1, 'there is no case'),
});

type Case = z.output<typeof testCase>;

/** @throws CliError with line and column. */
function readCases(file: string): z.output<typeof testFile> {
  const lineCounter = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${shown(file)}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw new CliError(`${at(fault.pos[0])}: no valid YAML: ${shown(fault.message, 200)}`);
  }
  const result = testFile.safeParse(document.toJS());
  if (result.success) {
    return result.data;
  }
  const lines = result.error.issues.slice(0, 20).map(({ path, message }) => {
    let node: unknown;
    for (let depth = path.length; node === undefined && depth >= 0; depth -= 1) {
      node = document.getIn(path.slice(0, depth) as (string | number)[], true);
    }
    const range: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : undefined;
    const where = path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
      .join('')
      .replace(/^\./, '');
    return `${at(Array.isArray(range) ? Number(range[0]) : 0)}: ${where === '' ? '' : `${where}: `}${shown(message, 300)}`;
  });
  throw new CliError(lines.join('\n'));
}

function askedFor(testCase: Case, file: string, own: string, policy: Policy): Answer {
  const { requester, accepter, event, status, activePeerings, routes, allocations } = testCase;
  const facts = {
    ...(activePeerings === undefined ? {} : { activePeerings }),
    ...(routes === undefined
      ? {}
      : {
          routes: routes.map(({ destination, target, table }) => ({
            destination,
            targetId: target,
            routeTableId: table,
          })),
        }),
    ...(allocations === undefined
      ? {}
      : {
          allocations: allocations.map(({ cidr, account: owner, vpc: vpcId }) => ({
            cidr,
            accountId: owner === 'self' ? own : owner,
            ...(vpcId === undefined ? {} : { vpcId }),
          })),
        }),
  };
  if (requester === undefined || accepter === undefined) {
    const { accountId, peering } = requestOf(readJson(resolve(dirname(file), event ?? '')));
    return answer({ accountId, peering, vpcs: new Map(), ...facts }, policy);
  }
  const vpcs = new Map<string, OwnVpc>();
  const sideOf = (from: typeof requester, fallbackId: string, shows: 'cidrs' | 'nothing'): PeeringSide => {
    const vpcId = from.vpc ?? fallbackId;
    const accountId = from.account === 'self' ? own : from.account;
    if (accountId === own) {
      vpcs.set(vpcId, { tags: from.tags, ...(from.cidrs === undefined ? {} : { cidrs: from.cidrs }) });
    }
    return { accountId, region: from.region, vpcId, cidrs: shows === 'cidrs' ? (from.cidrs ?? []) : [] };
  };
  const peering: Peering = {
    peeringId: 'pcx-00000000000000000',
    status,
    statusMessage: status,
    requester: sideOf(requester, 'vpc-00000000000000001', 'cidrs'),
    // EC2 does not show them before the request is accepted.
    accepter: sideOf(accepter, 'vpc-00000000000000002', status === 'active' ? 'cidrs' : 'nothing'),
    tags: {},
  };
  return answer({ accountId: own, peering, vpcs, ...facts }, policy);
}

function said({ decision: word, rule }: { decision: string; rule: string | null }): string {
  return rule === null ? word : `${word} by rule ${rule}`;
}

export const run: Verb['run'] = async (invocation) => {
  const { options, positionals, output } = invocation;
  const [file = ''] = positionals;
  const policies = policiesOf(invocation);
  const { account: own, cases } = readCases(file);
  const policy = policies.of(own);
  if (policies.howMany === 'several') output.note(`note: Judged by ${shown(policies.fileOf(own), 200)}.`);
  const results = cases.map((testCase): Document<'policy-test'>['cases'][number] => {
    const { decision: actual } = askedFor(testCase, file, own, policy);
    const expect = typeof testCase.expect === 'string' ? { decision: testCase.expect } : testCase.expect;
    const namesRule = 'rule' in expect && expect.rule !== undefined;
    const ok =
      actual.decision === expect.decision && (!namesRule || (actual.rule ?? null) === (expect.rule ?? null));
    return {
      name: testCase.name,
      ok,
      expected: { decision: expect.decision, rule: namesRule ? (expect.rule ?? null) : null },
      actual: { decision: actual.decision, rule: actual.rule ?? null },
      reasons: [...actual.reasons],
    };
  });
  const failed = results.filter(({ ok }) => !ok).length;
  if (options.json) {
    const document: Document<'policy-test'> = { cases: results, passed: results.length - failed, failed };
    output.json(document);
    return failed === 0 ? 0 : 1;
  }
  for (const { name, ok, expected, actual, reasons } of results) {
    output.line(`${ok ? output.paint('ok  ', 'green') : output.paint('FAIL', 'red')}  ${shown(name, 200)}`);
    if (!ok) {
      output.line(output.paint(`  - expected ${said(expected)}`, 'red'));
      output.line(output.paint(`  + actual   ${said(actual)}`, 'green'));
      for (const reason of reasons) {
        output.line(`    ${shown(reason)}`);
      }
    }
  }
  output.line();
  output.line(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
};
