import { z } from 'zod';
import { SsmError } from './ssm-error.ts';

/** @throws SsmError `ValidationException` naming the fields that are missing or of the wrong kind. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const read = schema.safeParse(input);
  if (!read.success) {
    throw new SsmError('ValidationException', z.prettifyError(read.error));
  }
  return read.data;
}
