import { recordCalls } from './calls.ts';

process.stdout.write(JSON.stringify(await recordCalls()));
