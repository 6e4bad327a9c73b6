import { CliError } from './errors.ts';
import { shown } from './output.ts';

/** What `--accounts` names: `all`, organizational units, accounts; those with a minus are left out of the others. */
export interface AccountSelection {
  /** Every account of the organization. */
  readonly everything: boolean;
  /** Organizational units or roots, each with all below it. */
  readonly units: readonly string[];
  readonly accounts: readonly string[];
  readonly without: readonly string[];
}

const UNIT = /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/;
const ACCOUNT = /^\d{12}$/;

/** @throws CliError for what is none of these, and where nothing is selected. */
export function accountSelection(text: string): AccountSelection {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const odd = words.find(
    (word) => word !== 'all' && !UNIT.test(word) && !ACCOUNT.test(word.replace(/^-/, '')),
  );
  if (odd !== undefined) {
    throw new CliError(
      `--accounts ${shown(odd, 60)} is neither all, nor an organizational unit (ou-ab12-cdef3456), nor an account (12 digits).`,
    );
  }
  const selection = {
    everything: words.includes('all'),
    units: words.filter((word) => UNIT.test(word)),
    accounts: words.filter((word) => ACCOUNT.test(word)),
    without: words.filter((word) => word.startsWith('-')).map((word) => word.slice(1)),
  };
  if (!selection.everything && selection.units.length === 0 && selection.accounts.length === 0) {
    throw new CliError(
      '--accounts names no account to look at: all, an organizational unit, or IDs with commas between.',
    );
  }
  return selection;
}
