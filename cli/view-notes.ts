import type { AssessedView, Assessment } from './assess.ts';

/** What a person should know of a view beyond its columns. */

function standingNote({ view, decision, asked, standing }: AssessedView): string | undefined {
  switch (standing) {
    case 'managed':
      return undefined;
    case 'unmanaged':
      return decision.rule === undefined
        ? 'no rule matches: nothing is routed'
        : `rule ${decision.rule} does not route it: nothing is routed`;
    case 'undecidable':
      return 'not judged';
    case 'request':
      if (asked === 'theirs') {
        return `waits for account ${view.peering.accepter.accountId}`;
      }
      return asked === 'ours' && decision.decision === 'hold' ? 'waits for a person' : undefined;
  }
}

/** @returns for each view its notes, most important first. */
export function createViewNotes({
  findings,
}: Pick<Assessment, 'findings'>): (view: AssessedView) => string[] {
  const oneSided = new Set(
    findings.flatMap(({ kind, peeringId }) => (kind === 'one-sided' ? [peeringId] : [])),
  );
  return (assessed) => {
    const note = standingNote(assessed);
    return [
      ...(note === undefined ? [] : [note]),
      ...(oneSided.has(assessed.view.peering.peeringId) ? ['routed from one side only'] : []),
    ];
  };
}
