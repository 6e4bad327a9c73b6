import { DEFAULT_STAGE } from '../options.ts';
import type { FirstPolicy } from './policy-files.ts';

/** Pipelines: check and test every change, show the plan beside it, deploy what is on main. No stored keys. */

export type PipelineHost = 'github' | 'gitlab';

/** Node in pipelines: the version that the functions run. */
const NODE = '24';

/** What of a pipeline belongs to its stage: another stage of the same repository has another pipeline, with roles of its own. */
export interface PipelineNames {
  /** Behind every command. */
  readonly option: string;
  /** Behind the names of what there is for each stage. */
  readonly suffix: string;
  readonly environment: string;
  readonly planRole: string;
  readonly deployRole: string;
  /** The template of the roles. */
  readonly rolesFile: string;
  /** The stack that is made of it. */
  readonly rolesStack: string;
}

export function pipelineNames(stage: string): PipelineNames {
  const isDefault = stage === DEFAULT_STAGE;
  const suffix = isDefault ? '' : `-${stage}`;
  const variable = suffix.toUpperCase().replaceAll('-', '_');
  return {
    option: isDefault ? '' : ` --stage ${stage}`,
    suffix,
    environment: `peering${suffix}`,
    planRole: `PEERING_PLAN_ROLE${variable}`,
    deployRole: `PEERING_DEPLOY_ROLE${variable}`,
    rolesFile: `peering-ci-roles${suffix}.yml`,
    rolesStack: `vpc-peering-autopilot-pipeline${suffix}`,
  };
}

/**
 * The lines that write `plan.txt` and end with what failed, after everything was shown. 2 says that something would change.
 * For shells that end at the first command that fails, as those of both hosts do.
 */
function planLines(option: string): readonly string[] {
  return [
    'failed=0',
    ': > plan.txt',
    'plan() { "$@" >> plan.txt 2>&1 || [ $? -eq 2 ] || failed=1; echo >> plan.txt; }',
    `plan npx peering deploy --dry-run${option}`,
    `plan npx peering plan${option}`,
    'cat plan.txt',
  ];
}

/** Steps of a job on GitHub. */
const INSTALLED = `      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: ${NODE}, cache: npm }
      - run: npm ci --ignore-scripts`;

function indented(lines: readonly string[], blanks: number): string {
  return lines.map((line) => `${' '.repeat(blanks)}${line}`).join('\n');
}

function github({ regions: [home] }: FirstPolicy, stage: string): string {
  const { option, suffix, environment, planRole, deployRole, rolesFile } = pipelineNames(stage);
  const signedIn = (role: string) => `      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: \${{ vars.${role} }}
          aws-region: ${home}`;
  const mark = `<!-- peering plan ${stage} -->`;
  return `# Written by peering init. The roles come from ${rolesFile}, whose outputs are variables of this repository:
# ${planRole} (only reads) and ${deployRole} (of the environment "${environment}", main alone).
name: VPC peering${suffix === '' ? '' : ` (${stage})`}
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
concurrency:
  group: ${environment}-\${{ github.ref }}
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
${INSTALLED}
      - run: npx peering policy check${option}
      - run: npx peering policy test peering-policy.test.yml${option}
  plan:
    needs: check
    # Changes from forks get no credentials.
    if: github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-latest
    permissions:
      contents: read
      id-token: write
      pull-requests: write
    steps:
${INSTALLED}
${signedIn(planRole)}
      - name: Plan
        run: |
${indented([...planLines(option), 'exit $failed'], 10)}
      - name: Show it beside the change
        # Also what failed is shown.
        if: \${{ !cancelled() && hashFiles('plan.txt') != '' }}
        run: |
          # GitHub takes 65,536 characters.
          { echo '${mark}'; echo '~~~~text'; head -c 60000 plan.txt; echo; echo '~~~~'; } > comment.md
          last=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("${mark}"))) | .id' | tail -n 1)
          if [ -n "$last" ]; then
            gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$last" --field body=@comment.md
          else
            gh pr comment "$NUMBER" --body-file comment.md
          fi
        env:
          GH_TOKEN: \${{ github.token }}
          NUMBER: \${{ github.event.pull_request.number }}
  deploy:
    needs: check
    if: github.event_name == 'push' && github.ref == 'refs/heads/main'
    runs-on: ubuntu-latest
    environment: ${environment}
    permissions:
      contents: read
      id-token: write
    steps:
${INSTALLED}
${signedIn(deployRole)}
      - run: npx peering deploy --yes${option}
      - run: npx peering version${option}
`;
}

/** Jobs of each stage beside those of others: in a file of its own, by names of their own, with nothing that is said for all jobs. */
function gitlab({ regions: [home] }: FirstPolicy, stage: string): string {
  const { option, suffix, environment, planRole, deployRole, rolesFile } = pipelineNames(stage);
  const signIn = (role: string) => `    # The SDK takes the job's token to AWS: nothing is stored.
    AWS_ROLE_ARN: $${role}
    AWS_WEB_IDENTITY_TOKEN_FILE: $CI_PROJECT_DIR/.aws-token
    AWS_REGION: ${home}`;
  const token = `  id_tokens:
    AWS_TOKEN: { aud: sts.amazonaws.com }`;
  return `# Written by peering init. The roles come from ${rolesFile}, whose outputs are CI/CD variables of this project:
# ${planRole} (only reads), and ${deployRole}, protected, for the branch main alone.
.peering${suffix}:
  image: node:${NODE}
  cache: { key: { files: [package-lock.json] }, paths: [.npm/] }
  before_script:
    - npm ci --ignore-scripts --cache .npm --prefer-offline
peering-check${suffix}:
  extends: .peering${suffix}
  stage: check
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == "main"
  script:
    - npx peering policy check${option}
    - npx peering policy test peering-policy.test.yml${option}
peering-plan${suffix}:
  extends: .peering${suffix}
  stage: plan
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
${token}
  variables:
${signIn(planRole)}
  script:
    - printf %s "$AWS_TOKEN" > .aws-token
    # With a project access token (scope api) in PEERING_NOTE_TOKEN the plan is a note of the merge request, too.
    - |
${indented(planLines(option), 6)}
      if [ -n "$PEERING_NOTE_TOKEN" ]; then
        node -e 'process.stdout.write(JSON.stringify({ body: "~~~~text\\n" + require("fs").readFileSync("plan.txt", "utf8") + "\\n~~~~" }))' > note.json
        curl --fail --silent --show-error --header "PRIVATE-TOKEN: $PEERING_NOTE_TOKEN" --header 'content-type: application/json' --data @note.json "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes" > /dev/null
      fi
      exit $failed
  artifacts: { paths: [plan.txt], when: always, expire_in: 30 days }
peering-deploy${suffix}:
  extends: .peering${suffix}
  stage: deploy
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
  environment: ${environment}
  resource_group: ${environment}
${token}
  variables:
${signIn(deployRole)}
  script:
    - printf %s "$AWS_TOKEN" > .aws-token
    - npx peering deploy --yes${option}
    - npx peering version${option}
`;
}

interface PipelineFile {
  /** In the repository. */
  readonly path: string;
  readonly text: string;
}

/** The jobs of a stage. @param stage of the stack that they deploy. */
export function pipelineFile(host: PipelineHost, first: FirstPolicy, stage: string): PipelineFile {
  return host === 'github'
    ? {
        path: `.github/workflows/peering${pipelineNames(stage).suffix}.yml`,
        text: github(first, stage),
      }
    : { path: `.gitlab/peering/${stage}.yml`, text: gitlab(first, stage) };
}

/** What a file that GitLab reads needs so that the jobs of every stage run. Source: GitLab documentation, "include:local", wildcards. */
const GITLAB_INCLUDE = "include: [{ local: '.gitlab/peering/*.yml' }]";

/** The one file that GitLab reads; GitHub reads all of its folder. */
export const GITLAB_ENTRY: PipelineFile = {
  path: '.gitlab-ci.yml',
  text: `# Written by peering init. The jobs of each stage are in a file of its own.
stages: [check, plan, deploy]
${GITLAB_INCLUDE}
`,
};

/**
 * What a person adds to a file that GitLab reads already, so that it runs the jobs of all stages.
 * @returns undefined where the file speaks of their folder.
 */
export function missingInGitlabEntry(text: string): string | undefined {
  return text.includes('.gitlab/peering/*.yml')
    ? undefined
    : `${GITLAB_INCLUDE}, and the stages check, plan and deploy in its stages`;
}
