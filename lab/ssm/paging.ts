import { z } from 'zod';
import { SsmError } from './ssm-error.ts';

/** Input fields of every paged action. */
export const PAGE_FIELDS = { MaxResults: z.number().optional(), NextToken: z.string().optional() };

interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

const TOKEN = /^lab-(\d+)$/;

/** @throws SsmError `ValidationException` for a size out of range, `InvalidNextToken` for a token of others. */
export function paged<T>(
  all: readonly T[],
  { MaxResults, NextToken }: PageRequest,
  { least, most }: { readonly least: number; readonly most: number },
): { readonly items: readonly T[]; readonly next: { readonly NextToken?: string } } {
  if (MaxResults !== undefined && (MaxResults < least || MaxResults > most)) {
    const bound = MaxResults < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
    throw new SsmError(
      'ValidationException',
      `1 validation error detected: Value '${MaxResults}' at 'maxResults' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  // Some clients send an empty token for the first page.
  const token = NextToken === undefined || NextToken === '' ? 'lab-0' : NextToken;
  const start = TOKEN.exec(token)?.[1];
  if (start === undefined) {
    throw new SsmError('InvalidNextToken', 'The specified token is not valid.');
  }
  const end = Number(start) + (MaxResults ?? most);
  return {
    items: all.slice(Number(start), end),
    next: end < all.length ? { NextToken: `lab-${end}` } : {},
  };
}
