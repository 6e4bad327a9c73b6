import { overlaps } from '../network/cidr.ts';
import { SOFTWARE_RANGES } from '../network/software-ranges.ts';
import { NAMES, type Subject } from './subject.ts';

/**
 * Of a request, that software on own instances may keep packets to the peer for itself. It is no reason to hold: whether such
 * software runs is not visible, and routes are right all the same.
 */
export function softwareWarnings(subject: Subject): string[] {
  if (subject.stage !== 'request') {
    return [];
  }
  return subject.remoteBlocks.cidrs.flatMap((cidr) =>
    SOFTWARE_RANGES.filter((range) => overlaps(range.cidr, cidr)).map(
      (range) =>
        `Warning: ${cidr.text} of ${NAMES.remote(subject)} overlaps ${range.cidr.text}, which ${range.user} uses by default: an instance of ${NAMES.local(subject)} where that runs may keep packets to the peer for itself.`,
    ),
  );
}
