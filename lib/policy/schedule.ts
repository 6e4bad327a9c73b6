/** EventBridge's schedule expressions: `rate(5 minutes)` and `cron(0/5 * * * ? *)`. */

interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names that stand for numbers, the first one for `min`. */
  readonly names?: readonly string[];
  /** What it takes besides `,`, `-`, `*` and `/`. */
  readonly extra?: RegExp;
}

/** Source: EventBridge user guide, "Cron expressions". */
const CRON_FIELDS: readonly CronField[] = [
  { name: 'minutes', min: 0, max: 59 },
  { name: 'hours', min: 0, max: 23 },
  { name: 'day-of-month', min: 1, max: 31, extra: /^(\?|L|LW|([1-9]|[12][0-9]|3[01])W)$/ },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  {
    name: 'day-of-week',
    min: 1,
    max: 7,
    names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
    extra: /^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
  },
  { name: 'year', min: 1970, max: 2199 },
];

function cronNumber(text: string, { min, max, names = [] }: CronField): number | undefined {
  const index = names.indexOf(text.toUpperCase());
  const value = index === -1 ? (/^[0-9]{1,4}$/.test(text) ? Number(text) : Number.NaN) : min + index;
  return value >= min && value <= max ? value : undefined;
}

function isCronItem(item: string, field: CronField): boolean {
  const [range = '', step, ...more] = item.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9][0-9]{0,3}$/.test(step))) {
    return false;
  }
  if (range === '*') {
    return true;
  }
  const [first = '', last, ...others] = range.split('-');
  const from = cronNumber(first, field);
  const to = last === undefined ? from : cronNumber(last, field);
  return others.length === 0 && from !== undefined && to !== undefined && from <= to;
}

function cronProblem(body: string): string | undefined {
  const values = body.trim().split(/\s+/);
  if (values.length !== CRON_FIELDS.length) {
    return `cron needs ${CRON_FIELDS.length} fields (${CRON_FIELDS.map(({ name }) => name).join(' ')}), here are ${values.length}`;
  }
  for (const [index, field] of CRON_FIELDS.entries()) {
    const value = values[index] ?? '';
    const ok = field.extra?.test(value) || value.split(',').every((item) => isCronItem(item, field));
    if (!ok) {
      return `cron's ${field.name} cannot be ${JSON.stringify(value)}; it goes from ${field.min} to ${field.max}`;
    }
  }
  if ((values[2] === '?') === (values[4] === '?')) {
    return "cron needs ? in exactly one of day-of-month and day-of-week: one of them says the day, the other one doesn't";
  }
  return undefined;
}

function rateProblem(body: string): string | undefined {
  const match = /^([0-9]+) (minutes?|hours?|days?)$/.exec(body);
  const value = Number(match?.[1]);
  const unit = match?.[2];
  if (unit === undefined) {
    return 'rate needs a whole number and a unit, such as rate(5 minutes), rate(1 hour) or rate(1 day)';
  }
  if (value < 1) {
    return 'the shortest rate is rate(1 minute)';
  }
  if (value > 9999) {
    return `a rate of ${value} ${unit} is longer than EventBridge takes`;
  }
  const singular = unit.replace(/s$/, '');
  const right = value === 1 ? singular : `${singular}s`;
  return unit === right ? undefined : `EventBridge wants rate(${value} ${right})`;
}

/** Why EventBridge would refuse the expression, or undefined if it takes it. */
export function scheduleProblem(expression: string): string | undefined {
  const match = /^(rate|cron)\((.*)\)$/.exec(expression);
  if (!match) {
    return 'a schedule is rate(...) or cron(...), for example rate(5 minutes) or cron(0/5 * * * ? *)';
  }
  const body = match[2] ?? '';
  return match[1] === 'rate' ? rateProblem(body) : cronProblem(body);
}
