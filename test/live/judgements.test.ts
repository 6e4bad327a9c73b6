import { judgeWithinSettling, LOOKED_FOR_SECONDS } from '../../live/checks/active-in-both-regions.ts';
import { judgeBusNotThere } from '../../live/checks/bus-not-there.ts';
import { judgeCrossAccountEvent } from '../../live/checks/cross-account-event.ts';
import { judgeDocumentHash } from '../../live/checks/document-hash.ts';
import { judgeEndedReceive } from '../../live/checks/ended-receive.ts';
import { judgeInvalidInstances } from '../../live/checks/invalid-instances.ts';
import { judgeListRulesResource } from '../../live/checks/list-rules-resource.ts';
import { judgeNewAlarm } from '../../live/checks/new-alarm.ts';
import { judgeOlderContent } from '../../live/checks/older-content.ts';
import { judgeOptInTarget } from '../../live/checks/opt-in-target.ts';
import { judgeOptionsEvent } from '../../live/checks/options-event.ts';
import { judgeBothSides } from '../../live/checks/options-of-both-sides.ts';
import { judgeOutputsOnly } from '../../live/checks/outputs-only.ts';
import { judgeOwnBusStatement } from '../../live/checks/own-bus-statement.ts';
import { judgePendingCidrs } from '../../live/checks/pending-cidrs.ts';
import { judgeQueuePolls } from '../../live/checks/queue-polls.ts';
import { judgeRepeatedRoute } from '../../live/checks/repeated-route.ts';
import { judgeTagPending } from '../../live/checks/tag-pending.ts';
import type { Judgement } from '../../live/outcome.ts';

/** Each question, answered both ways. */

const expired =
  'InvalidParameterValue: Value <handle> for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.';

const cases: readonly (readonly [string, Judgement, Judgement['verdict'], RegExp])[] = [
  ['no event of the request', judgeCrossAccountEvent('does not arrive'), 'agrees', /does not arrive/],
  ['an event of the request', judgeCrossAccountEvent('arrives'), 'differs', /^arrives$/],
  ['CIDRs shown', judgePendingCidrs('shown'), 'agrees', /shown/],
  ['CIDRs hidden', judgePendingCidrs('hidden'), 'differs', /hidden/],
  ['a tag set', judgeTagPending({ shows: 'the tag' }), 'agrees', /sees the tag/],
  ['a tag that is not seen', judgeTagPending({ shows: 'no tag' }), 'differs', /no tag/],
  [
    'a tag refused',
    judgeTagPending({ refused: 'IncorrectState: it waits', shows: 'no tag' }),
    'differs',
    /refused: IncorrectState/,
  ],
  ['a route refused', judgeRepeatedRoute('RouteAlreadyExists'), 'agrees', /RouteAlreadyExists/],
  ['a route taken twice', judgeRepeatedRoute('succeeds'), 'differs', /succeeds/],
  ['a route refused otherwise', judgeRepeatedRoute('IncorrectState'), 'differs', /IncorrectState/],
  ['soon enough', judgeWithinSettling(LOOKED_FOR_SECONDS), 'agrees', /6\.3 s/],
  ['too late', judgeWithinSettling(LOOKED_FOR_SECONDS + 0.1), 'differs', /6\.4 s/],
  ['flat parameters', judgeOptionsEvent({ vpcPeeringConnectionId: 'pcx-1' }), 'agrees', /flat/],
  [
    'parameters one level down',
    judgeOptionsEvent({ ModifyVpcPeeringConnectionOptionsRequest: { VpcPeeringConnectionId: 'pcx-1' } }),
    'differs',
    /in ModifyVpcPeeringConnectionOptionsRequest/,
  ],
  ['no parameters', judgeOptionsEvent(null), 'differs', /no parameters/],
  ['options of both sides taken', judgeBothSides('taken'), 'agrees', /taken/],
  ['options of both sides refused', judgeBothSides('InvalidParameterCombination'), 'differs', /Combination/],
  ['outputs alone changed', judgeOutputsOnly('CREATE_COMPLETE'), 'agrees', /CREATE_COMPLETE/],
  ['outputs alone not changed', judgeOutputsOnly('FAILED'), 'differs', /FAILED/],
  ['rules listed by *', judgeListRulesResource('denied'), 'agrees', /denied/],
  ['rules listed by their ARN', judgeListRulesResource('allowed'), 'differs', /allowed/],
  ['a statement needed', judgeOwnBusStatement('needed'), 'agrees', /is needed/],
  ['no statement needed', judgeOwnBusStatement('not needed'), 'differs', /not needed/],
  [
    'a target in an opt-in Region',
    judgeOptInTarget({ region: 'af-south-1', event: 'arrives' }),
    'agrees',
    /af-south-1, and an event arrives/,
  ],
  [
    'a target that nothing reaches',
    judgeOptInTarget({ region: 'af-south-1', event: 'does not arrive' }),
    'differs',
    /does not arrive/,
  ],
  [
    'a target that is refused',
    judgeOptInTarget({ region: 'af-south-1', refused: 'ValidationException' }),
    'differs',
    /refuses a bus in af-south-1: ValidationException/,
  ],
  [
    'an entry refused',
    judgeBusNotThere({ refuses: 'entry', code: 'AccessDeniedException' }),
    'agrees',
    /fails the entry/,
  ],
  [
    'an entry refused otherwise',
    judgeBusNotThere({ refuses: 'entry', code: 'ResourceNotFoundException' }),
    'differs',
    /ResourceNotFound/,
  ],
  [
    'a call refused',
    judgeBusNotThere({ refuses: 'call', code: 'AccessDeniedException' }),
    'differs',
    /refuses the call/,
  ],
  ['an event lost', judgeBusNotThere({ refuses: 'nothing' }), 'differs', /succeeds/],
  ['a handle refused', judgeEndedReceive(expired), 'agrees', /has expired/],
  ['a handle refused in other words', judgeEndedReceive('X: no'), 'differs', /X: no/],
  ['a handle taken', judgeEndedReceive(undefined), 'differs', /takes the handle/],
  [
    'hashes of texts',
    judgeDocumentHash({ asText: 'of the text', asObject: 'of the text' }),
    'agrees',
    /object: of the text/,
  ],
  [
    'a hash of something else',
    judgeDocumentHash({ asText: 'of the text', asObject: 'of something else' }),
    'differs',
    /object: of something else/,
  ],
  [
    'any content refused',
    judgeOlderContent({ newestAgain: 'refused', olderAgain: 'refused' }),
    'agrees',
    /any older/,
  ],
  [
    'the newest content refused',
    judgeOlderContent({ newestAgain: 'refused', olderAgain: 'taken' }),
    'differs',
    /newest only/,
  ],
  ['all instances named', judgeInvalidInstances({ code: 'InvalidInstanceId', names: 2 }), 'agrees', /2 of 2/],
  ['one instance named', judgeInvalidInstances({ code: 'InvalidInstanceId', names: 1 }), 'differs', /1 of 2/],
  [
    'another code',
    judgeInvalidInstances({ code: 'InvalidInstance', names: 2 }),
    'differs',
    /InvalidInstance /,
  ],
  ['a command taken', judgeInvalidInstances('taken'), 'differs', /taken/],
  ['silence of a new alarm', judgeNewAlarm('no message'), 'agrees', /no message/],
  ['a message of a new alarm', judgeNewAlarm('a message'), 'differs', /a message/],
  ['five polls', judgeQueuePolls([4.9, 5.2]), 'agrees', /5\.2 times/],
  ['more polls', judgeQueuePolls([5, 10]), 'differs', /10\.0 times/],
];

describe('what AWS does, held against what is expected', () => {
  it.each(cases)('%s', (_, judgement, verdict, seen) => {
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.seen).toMatch(seen);
  });
});
