import { tellNotes } from '../assess.ts';
import { shown } from '../output.ts';
import { writeWarnings } from '../plan-text.ts';
import { policyOf } from '../policy.ts';
import { DECISION_PAINT } from '../rows.ts';
import { pingText, readStatus } from '../status.ts';
import { type Cell, tableLines } from '../table.ts';
import type { Verb } from '../verb.ts';

const HEAD = [
  'PEERING',
  'REGION',
  'LOCAL VPC',
  'NAME',
  'REMOTE',
  'STATE',
  'DECISION',
  'RULE',
  'ROUTES',
  'LAST PING',
];

export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const { assessment, document } = await readStatus(invocation, policyOf(invocation));
  tellNotes(invocation, assessment.source);
  if (options.json) {
    output.json(document);
    return 0;
  }
  writeWarnings(assessment, output);
  if (document.views.length === 0) {
    output.line('No peering has a side here.');
    return 0;
  }
  const now = new Date();
  const rows = document.views.map((view): Cell[] => {
    const { peeringId, region, localVpc, localName, remoteVpc, remoteAccount, remoteRegion, status } = view;
    const { decision, rule, routes, lastPing } = view;
    const complete = routes.present === routes.desired;
    return [
      { text: peeringId },
      { text: region },
      { text: localVpc },
      { text: shown(localName ?? '-', 40) },
      { text: `${remoteAccount}/${remoteVpc}${remoteRegion === region ? '' : ` ${remoteRegion}`}` },
      { text: status },
      { text: decision, paint: DECISION_PAINT[decision] ?? 'dim' },
      { text: rule ?? '-' },
      { text: `${routes.present}/${routes.desired}`, ...(complete ? {} : { paint: 'red' as const }) },
      {
        text: pingText(view, now),
        ...(lastPing?.verdict === 'unreachable' || lastPing?.verdict === 'lossy'
          ? { paint: 'red' as const }
          : {}),
      },
    ];
  });
  for (const line of tableLines(HEAD, rows, output.paint)) {
    output.line(line);
  }
  return 0;
};
