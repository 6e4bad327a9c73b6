import type { LabRequest } from '../types.ts';
import { Ec2Error } from './errors.ts';

/** The form that an EC2 request consists of: `Action=…&RouteTableId=…&Filter.1.Name=…`. */
export interface Form {
  readonly action: string;
  readonly parameters: URLSearchParams;
  /** `undefined` when it is not given or empty. */
  get(name: string): string | undefined;
  /** @throws {Ec2Error} `MissingParameter` */
  required(name: string): string;
  /** `Name.1`, `Name.2`, … in the order of their numbers. */
  list(name: string): readonly string[];
  /** The same call with some parameters changed, to be sent on. */
  changed(request: LabRequest, changes: Readonly<Record<string, string>>): LabRequest;
}

/** Numbers that follow `prefix.`, ascending, each once. */
export function indices(parameters: URLSearchParams, prefix: string): readonly number[] {
  const found = new Set<number>();
  for (const name of parameters.keys()) {
    if (name.startsWith(`${prefix}.`)) {
      const index = Number.parseInt(name.slice(prefix.length + 1), 10);
      if (!Number.isNaN(index)) {
        found.add(index);
      }
    }
  }
  return [...found].sort((a, b) => a - b);
}

export function readForm({ body, query }: Pick<LabRequest, 'body' | 'query'>): Form {
  const parameters = new URLSearchParams(body.length > 0 ? body.toString('utf8') : query);
  const get = (name: string) => parameters.get(name) || undefined;
  return {
    action: parameters.get('Action') ?? '',
    parameters,
    get,
    list: (name) => indices(parameters, name).flatMap((index) => get(`${name}.${index}`) ?? []),
    required(name) {
      const value = get(name);
      if (value === undefined) {
        throw new Ec2Error(
          'MissingParameter',
          `The request must contain the parameter ${name.charAt(0).toLowerCase()}${name.slice(1)}`,
        );
      }
      return value;
    },
    changed(request, changes) {
      const copy = new URLSearchParams(parameters);
      for (const [name, value] of Object.entries(changes)) {
        copy.set(name, value);
      }
      return { ...request, query: '', body: Buffer.from(copy.toString()) };
    },
  };
}
