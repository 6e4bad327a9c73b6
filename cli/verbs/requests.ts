import { endsOf } from '../../lib/report/ends.ts';
import { waitingForPerson } from '../../lib/report/shown-assessment.ts';
import { assess, tellAssessment } from '../assess.ts';
import { endsDocument, writeEnds } from '../ends.ts';
import { writeNotJudged, writeWarnings } from '../plan-text.ts';
import { policiesOf } from '../policy.ts';
import { judgedByOf, notJudgedOf } from '../rows.ts';
import type { Invocation, Verb } from '../verb.ts';
import { type WaitingRequest, waitingRequests } from '../waiting.ts';
import { writeRequest } from '../waiting-text.ts';

/** @param held how many of them wait for a person here. */
function outcome(requests: readonly WaitingRequest[], held: number): string {
  const own = requests.filter(({ answeredBy }) => answeredBy === 'them');
  const others = requests.length - held - own.length;
  const countTexts = [
    `${held} for a person here`,
    ...(others === 0 ? [] : [`${others} for the functions`]),
    ...(own.length === 0 ? [] : [`${own.length} for other accounts`]),
  ];
  return requests.length === 0 ? 'No request waits.' : `Requests that wait: ${countTexts.join(', ')}.`;
}

/** Requests that nobody has answered yet: who asks, why they are held, and what would be routed; and peerings that end soon. */
export const run: Verb['run'] = async (invocation: Invocation) => {
  const { options, output } = invocation;
  const assessment = await assess(invocation, policiesOf(invocation));
  tellAssessment(invocation, assessment);
  const now = new Date();
  const requests = waitingRequests(assessment);
  const ends = endsOf(assessment, now);
  const held = waitingForPerson(assessment).length;
  const waits = held > 0;
  if (options.json) {
    output.json({
      requests,
      ends: endsDocument(ends, assessment),
      notJudged: notJudgedOf(assessment),
      judgedBy: judgedByOf(assessment),
      warnings: [...assessment.warnings],
    });
    return waits ? 2 : 0;
  }
  writeWarnings(assessment, output);
  for (const request of requests) {
    writeRequest(request, now, output);
  }
  output.line(outcome(requests, held));
  writeEnds(ends, assessment, now, output);
  writeNotJudged(assessment, output);
  return waits ? 2 : 0;
};
