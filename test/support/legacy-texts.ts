import type { ToldFindings } from '../../lib/passes/legacy-texts.ts';

/** Texts as a version before the registry kept them in SSM parameters (lib/passes/legacy-texts.ts). */

export function toldText({ seen, full }: ToldFindings): string {
  const entries = [...seen].map(([key, last]) => `${key}@${last.toString(36)}`);
  return [full === true ? '1+' : '1', ...entries].join(' ');
}

export function historyText(repairs: ReadonlyMap<string, readonly number[]>): string {
  const entries = [...repairs].map(([key, times]) => {
    const encoded = times.map((time, index) => (time - (times[index - 1] ?? 0)).toString(36));
    return `${key}@${encoded.join('+')}`;
  });
  return ['1', ...entries].join(' ');
}
