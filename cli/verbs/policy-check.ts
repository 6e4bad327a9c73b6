import { loadPolicy, PolicyError } from '../../lib/policy/load.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { policyFileOf } from '../policy.ts';
import type { Verb } from '../verb.ts';

export const run: Verb['run'] = async (invocation) => {
  const { options, positionals, output } = invocation;
  if (positionals[0] !== undefined && options.policy !== undefined) {
    throw new CliError('The file is named twice, with and without --policy. Name it once.');
  }
  if (options.account !== undefined && !/^\d{12}$/.test(options.account)) {
    throw new CliError(`--account ${shown(options.account, 60)} is no account; one has 12 digits.`);
  }
  const file = positionals[0] ?? policyFileOf(invocation);
  try {
    const { policy, warnings } = loadPolicy(file, options.account);
    if (options.json) {
      const document: Document<'policy-check'> = { file, ok: true, problems: [], warnings: [...warnings] };
      output.json(document);
    } else {
      for (const warning of warnings) {
        output.line(`${output.paint('warning', 'yellow')} ${warning}`);
      }
      const rules = policy.rules.length === 1 ? '1 rule' : `${policy.rules.length} rules`;
      output.line(
        `${output.paint('ok', 'green')} ${file}: ${rules}, mode ${policy.mode}, ${
          policy.regions.length === 0 ? 'the Region of deployment' : policy.regions.join(', ')
        }${warnings.length === 0 ? '' : `, ${warnings.length} warned about`}`,
      );
    }
    return 0;
  } catch (error) {
    if (!(error instanceof PolicyError) || !options.json) {
      throw error;
    }
    const document: Document<'policy-check'> = {
      file,
      ok: false,
      problems: error.problems.map(({ line, column, path, message, allowed, excerpt }) => ({
        line,
        column,
        path,
        message,
        allowed: allowed === undefined ? null : [...allowed],
        excerpt: excerpt ?? null,
      })),
      warnings: [],
    };
    output.json(document);
    return 1;
  }
};
