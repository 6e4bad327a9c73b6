import { readFileSync } from 'node:fs';

/** `prepublishOnly`: what npm would publish, and users could not use. */

const { repository, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8');

const problems = [
  ...(repository?.url
    ? []
    : [
        'package.json: repository.url is empty. npm publishes with provenance only from the repository that is named there.',
      ]),
  ...(changelog.includes(`## ${version} - `) ? [] : [`CHANGELOG.md has no heading for version ${version}.`]),
];
for (const problem of problems) {
  process.stderr.write(`Not published: ${problem}\n`);
}
process.exitCode = problems.length === 0 ? 0 : 1;
