/** Every Lambda function, and so every file `handlers/<name>.ts`. */
export const FUNCTIONS = [
  'accept-requests',
  'sync-routes',
  'check-connectivity',
  'record-connectivity',
  'sweep',
  'forward-events',
  'answer-request',
  'request-peerings',
] as const;

export type FunctionName = (typeof FUNCTIONS)[number];
