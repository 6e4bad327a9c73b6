import { testedSection } from './tested.ts';

/** Pages that take too long to be played at each `npm test`. */
export const pages = testedSection({
  name: 'pages',
  title: 'Pages with output',
  project: 'pages',
  pattern: 'test/pages',
  doing: 'an organization of eighty accounts, and the page about its first week',
  explanation:
    'Each command of [a first week with eighty accounts](first-week-organization.md) is run in the lab, and prints what the page ' +
    'shows, but for ids and times. [The first week](first-week.md) and the [runbooks](runbooks/README.md) are played by `npm test`.',
});
