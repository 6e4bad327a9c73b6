/** A Lambda function: one line of JSON in for each invocation, one out. What it logs goes to stderr. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [file, name] = process.env._HANDLER.split('.');
const answer = process.stdout.write.bind(process.stdout);
// Handlers log on stdout.
process.stdout.write = process.stderr.write.bind(process.stderr);

let handler;

async function invoke(invocation) {
  handler ??= (await import(pathToFileURL(join(process.env.LAMBDA_TASK_ROOT, `${file}.mjs`)).href))[name];
  const ends = Date.now() + invocation.timeout * 1000;
  return handler(JSON.parse(invocation.payload), {
    awsRequestId: invocation['invoke-id'],
    invokedFunctionArn: invocation['invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => ends - Date.now(),
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const invocation = JSON.parse(line);
  let result;
  let failed = false;
  try {
    result = (await invoke(invocation)) ?? null;
  } catch (error) {
    failed = true;
    result = { errorType: error?.name ?? 'Error', errorMessage: error?.message ?? String(error) };
    console.error(error);
  }
  answer(`${JSON.stringify({ failed, result })}\n`);
}
