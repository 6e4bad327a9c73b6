import { randomUUID } from 'node:crypto';
import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { DOCUMENTS } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { readJson } from '../read-json.ts';
import { writeProblem } from '../write-file.ts';
import type { PlanFile } from './content.ts';

/** Plan files on the disk. They name accounts and addresses, so that only their owner may read them. */

const OWNER_ONLY = 0o600;

function headOf(path: string): { readonly kind: unknown; readonly formatVersion: unknown } {
  const content = readJson(path);
  return typeof content === 'object' && content !== null
    ? { kind: Reflect.get(content, 'kind'), formatVersion: Reflect.get(content, 'formatVersion') }
    : { kind: undefined, formatVersion: undefined };
}

function isPlanFile(path: string): boolean {
  try {
    return headOf(path).kind === 'peering-plan';
  } catch (error) {
    if (error instanceof CliError) return false;
    throw error;
  }
}

/** Undefined where there is nothing. A link counts as itself: what it leads to is not touched. */
function foundAt(path: string): 'nothing' | 'plan' | 'other' {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found === undefined ? 'nothing' : found.isFile() && isPlanFile(path) ? 'plan' : 'other';
}

/**
 * Before anything is read of AWS: nobody waits for a plan that then cannot be kept.
 *
 * @throws CliError where something stands there that is no plan.
 */
export function validatePlanPath(path: string): void {
  if (foundAt(path) === 'other') {
    throw new CliError(
      `${shown(path)} is there already and is no plan of peering, so it is left as it is. Name another file with --out, or remove it.`,
    );
  }
}

/** Writes the whole file or none of it; a plan that stands there is replaced, anything else is left. */
export function writePlanFile(path: string, plan: PlanFile): void {
  validatePlanPath(path);
  const making = `${path}.${randomUUID()}`;
  try {
    writeFileSync(making, `${JSON.stringify(plan, undefined, 2)}\n`, { mode: OWNER_ONLY, flag: 'wx' });
    renameSync(making, path);
  } catch (error) {
    rmSync(making, { force: true });
    throw writeProblem(path, error);
  }
}

const AGAIN = 'Make it again with peering plan --out FILE.';

/**
 * Reads a plan file. What it says is believed of nothing: it is only compared.
 *
 * @throws CliError for what cannot be read, is no plan, is of another format, or has more or less in it than a plan.
 */
export function readPlanFile(path: string): PlanFile {
  const { kind, formatVersion } = headOf(path);
  if (kind !== 'peering-plan') {
    throw new CliError(`${shown(path)} is no plan of peering. ${AGAIN}`);
  }
  if (formatVersion !== 1) {
    throw new CliError(
      `${shown(path)} has format ${shown(String(formatVersion), 60)}; this version of the command reads format 1. ${AGAIN}`,
    );
  }
  const parsed = DOCUMENTS['plan-file'].safeParse(readJson(path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
    throw new CliError(
      `${shown(path)} is no plan as peering writes one: ${shown(where, 100)}: ${shown(issue?.message ?? 'not as it should be', 200)}. ${AGAIN}`,
    );
  }
  return parsed.data;
}
