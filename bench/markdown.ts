/** Tables and figures of the measurements, as Markdown. */

export interface Column {
  readonly name: string;
  readonly align?: 'left' | 'right';
}

export function table(columns: readonly (string | Column)[], rows: readonly (readonly string[])[]): string {
  const named = columns.map((column) => (typeof column === 'string' ? { name: column } : column));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(named.map(({ name }) => name)),
    `|${named.map(({ align }) => (align === 'right' ? '---:' : '---')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

export const number = (name: string): Column => ({ name, align: 'right' });

/** The middle value, of an even count the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/** The exponent k of y = a·xᵏ that fits best: the slope of a straight line through the logarithms. */
export function growthExponent(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(logs.map(({ x }) => x)), mean(logs.map(({ y }) => y))];
  const covariance = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const variance = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}

export const milliseconds = (taken: number) => taken.toFixed(taken < 10 ? 1 : 0);
export const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);
export const kilobytes = (bytes: number) => (bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0);
export const ratio = (part: number, whole: number) => `${(part / whole).toFixed(2)}×`;
export const count = (items: number) => items.toLocaleString('en-US');

/** Whether a figure keeps to what was set as its most, and by how much not. */
export function goalText(figure: number, most: number): string {
  return figure <= most
    ? `holds (${figure.toFixed(2)} of at most ${most})`
    : `**missed** (${figure.toFixed(2)}, at most ${most}: ${(figure / most).toFixed(2)} times the goal)`;
}
