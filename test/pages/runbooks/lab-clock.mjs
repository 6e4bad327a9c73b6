/** Loaded before the command: whoever reads a page lives in the time of the stack, and the lab's clock may be ahead of the machine's. */

const aheadMs = Number(process.env.LAB_CLOCK_AHEAD_MS ?? 0);
const MachineDate = Date;
const machineNow = Date.now;
const labNow = () => machineNow() + aheadMs;

globalThis.Date = new Proxy(MachineDate, {
  apply: () => new MachineDate(labNow()).toString(),
  construct: (target, dateArguments, newTarget) =>
    Reflect.construct(target, dateArguments.length === 0 ? [labNow()] : dateArguments, newTarget),
  get: (target, name) => (name === 'now' ? labNow : target[name]),
});
MachineDate.prototype.constructor = globalThis.Date;
