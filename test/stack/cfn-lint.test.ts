import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHAT_CHANNEL, PROJECT, packageStack, VARIANTS } from '../support/packaged.ts';
import { testTools } from '../support/venv.ts';

const run = promisify(execFile);

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-lint-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

const { plain, observe, ...others } = VARIANTS;

/** Packaging takes seconds, so what does not exclude each other is packaged together. */
const STACKS = {
  plain,
  observe,
  others: Object.assign({}, ...Object.values(others), {
    rules: [...others.tags.rules, ...others.chat.rules.slice(1)],
    notify: { ...others.emails.notify, ...others.chat.notify },
  }),
};

describe('cfn-lint', () => {
  it('finds nothing in any variant of the stack, nor in the role that reads the organization', async () => {
    const { python, bin } = await testTools();
    const templates: string[] = [join(PROJECT, 'resources/organization-reader.yml')];
    for (const [name, parts] of Object.entries(STACKS)) {
      const { templateFile } = await packageStack(parts, {
        directory: join(directory, name),
        ...(name === 'others' ? { options: { chatChannel: CHAT_CHANNEL } } : {}),
      });
      templates.push(templateFile);
    }
    // It ends with another code when it finds something, and what it found is then in the error.
    const { stdout } = await run(python, [join(bin, 'cfn-lint'), '--template', ...templates]).catch(
      ({ message, stdout: found }: { message: string; stdout: string }) => ({
        stdout: `${message}\n${found}`,
      }),
    );
    expect(stdout).toBe('');
  });
});
