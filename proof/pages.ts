import { testedSection } from './tested.ts';

/** Pages that take too long to be played at each `npm test`. */
export const pages = testedSection({
  name: 'pages',
  title: 'Pages with output',
  project: 'pages',
  pattern: 'test/pages',
  doing:
    'the runbooks, page by page, the first week of eighty accounts, the tutorial in AWS GovCloud, and the package with CDK and SAM',
  explanation:
    'For each cause that a [runbook](runbooks/README.md) names with commands, the deployed stack is broken so that the alarm rings; the ' +
    'commands of the page are run, print what it shows, and the alarm ends; the pages about what has no alarm of its own are played likewise. Each command of [a first week with eighty ' +
    'accounts](first-week-organization.md) prints what the page shows. Ids and times differ. The tutorial is played in us-gov-west-1. `npm test` plays it in cn-north-1, plays [the first week](first-week.md), and ' +
    'sees that each alarm has its page. What [Deploying](deploy.md#with-any-other-tool) shows for CDK, SAM and Terraform is run or read by those tools, ' +
    'which are installed for it.',
});
