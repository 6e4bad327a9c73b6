/** One measurement, in a process of its own: `scale-run.mjs '<NetworkShape as JSON>'`. Prints one JSON document. */
import { type PlanResult, planOnce } from './scale-plan.ts';

const [shape = ''] = process.argv.slice(2);
const result: PlanResult = planOnce(JSON.parse(shape));
process.stdout.write(JSON.stringify(result));
