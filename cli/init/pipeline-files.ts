import type { FirstPolicy } from './policy-files.ts';

/** Pipelines: check and test every change, show the plan beside it, deploy what is on main. No stored keys. */

export type PipelineHost = 'github' | 'gitlab';

/** Node in pipelines: the version that the functions run. */
const NODE = '24';

const PLAN = `npx peering deploy --dry-run >> plan.txt 2>&1 || [ $? -eq 2 ]`;
const NETWORK = `npx peering plan >> plan.txt 2>&1 || [ $? -eq 2 ]`;

/** Steps of a job on GitHub. */
const INSTALLED = `      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: ${NODE}, cache: npm }
      - run: npm ci --ignore-scripts`;

function github({ regions: [home] }: FirstPolicy): string {
  const signedIn = (role: string) => `      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: \${{ vars.${role} }}
          aws-region: ${home}`;
  return `# Written by peering init. The roles come from peering-ci-roles.yml, whose outputs are variables of this repository:
# PEERING_PLAN_ROLE (only reads) and PEERING_DEPLOY_ROLE (of the environment "peering", main alone).
name: VPC peering
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
concurrency:
  group: peering-\${{ github.ref }}
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
${INSTALLED}
      - run: npx peering policy check
      - run: npx peering policy test peering-policy.test.yml
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
${signedIn('PEERING_PLAN_ROLE')}
      - name: Plan
        run: |
          echo '~~~~text' > plan.txt
          ${PLAN}
          echo >> plan.txt
          ${NETWORK}
          echo '~~~~' >> plan.txt
          cat plan.txt
      - name: Show it beside the change
        run: gh pr comment "$NUMBER" --body-file plan.txt --edit-last --create-if-none
        env:
          GH_TOKEN: \${{ github.token }}
          NUMBER: \${{ github.event.pull_request.number }}
  deploy:
    needs: check
    if: github.event_name == 'push' && github.ref == 'refs/heads/main'
    runs-on: ubuntu-latest
    environment: peering
    permissions:
      contents: read
      id-token: write
    steps:
${INSTALLED}
${signedIn('PEERING_DEPLOY_ROLE')}
      - run: npx peering deploy --yes
      - run: npx peering version
`;
}

function gitlab({ regions: [home] }: FirstPolicy): string {
  const signIn = (role: string) => `    # The SDK takes the job's token to AWS: nothing is stored.
    AWS_ROLE_ARN: $${role}
    AWS_WEB_IDENTITY_TOKEN_FILE: $CI_PROJECT_DIR/.aws-token
    AWS_REGION: ${home}`;
  const token = `  id_tokens:
    AWS_TOKEN: { aud: sts.amazonaws.com }`;
  return `# Written by peering init. The roles come from peering-ci-roles.yml, whose outputs are CI/CD variables of this project:
# PEERING_PLAN_ROLE (only reads), and PEERING_DEPLOY_ROLE, protected, for the branch main alone.
stages: [check, plan, deploy]
default:
  image: node:${NODE}
  cache: { key: { files: [package-lock.json] }, paths: [.npm/] }
  before_script:
    - npm ci --ignore-scripts --cache .npm --prefer-offline
check:
  stage: check
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == "main"
  script:
    - npx peering policy check
    - npx peering policy test peering-policy.test.yml
plan:
  stage: plan
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
${token}
  variables:
${signIn('PEERING_PLAN_ROLE')}
  script:
    - printf %s "$AWS_TOKEN" > .aws-token
    - ${PLAN}
    - ${NETWORK}
    - cat plan.txt
    # With a project access token (scope api) in PEERING_NOTE_TOKEN the plan is a note of the merge request, too.
    - |
      if [ -n "$PEERING_NOTE_TOKEN" ]; then
        node -e 'process.stdout.write(JSON.stringify({ body: "~~~~text\\n" + require("fs").readFileSync("plan.txt", "utf8") + "\\n~~~~" }))' > note.json
        curl --fail --silent --show-error --header "PRIVATE-TOKEN: $PEERING_NOTE_TOKEN" --header 'content-type: application/json' --data @note.json "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes" > /dev/null
      fi
  artifacts: { paths: [plan.txt], expire_in: 30 days }
deploy:
  stage: deploy
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
  environment: peering
  resource_group: peering
${token}
  variables:
${signIn('PEERING_DEPLOY_ROLE')}
  script:
    - printf %s "$AWS_TOKEN" > .aws-token
    - npx peering deploy --yes
    - npx peering version
`;
}

/** The file, by its name in the repository. */
export function pipelineFile(
  host: PipelineHost,
  first: FirstPolicy,
): { readonly path: string; readonly text: string } {
  return host === 'github'
    ? { path: '.github/workflows/peering.yml', text: github(first) }
    : { path: '.gitlab-ci.yml', text: gitlab(first) };
}
