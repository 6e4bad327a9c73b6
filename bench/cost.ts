/** `npx tsx bench/cost.ts`: the table in docs/cost.md, from bench/prices.json and the stack as it is. */
import { costTable } from './cost-model.ts';
import { ACCOUNTS, readPrices, readStack } from './stack-size.ts';

process.stdout.write(`${costTable(readPrices(), readStack(), ACCOUNTS)}\n`);
