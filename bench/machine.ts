import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** One line on what the figures were taken on. The load says whether others used the machine meanwhile. */
export function machineLine(now: Date): string {
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  const [, load = 0] = loadavg();
  return (
    `${now.toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ` +
    `${gigabytes} GB, ${process.platform} ${process.arch}, Node ${process.version}, ` +
    `load of the last five minutes ${load.toFixed(1)}`
  );
}
