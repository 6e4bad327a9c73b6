import { roomOf } from '../../lib/connect/room.ts';
import { fitOf, REMEDY, roomText, sizeText } from '../../lib/connect/sizes.ts';
import { spokeAccountsOf } from '../../lib/connect/spoke-accounts.ts';
import { connects } from '../../lib/policy/connects.ts';
import { type DoctorCheck, pass, warn } from './check.ts';
import type { Patient } from './patient.ts';

const AREA = 'connect';

/** What `connect` and `mesh` come to: how large it is, and in which accounts spokes are looked for. */
export function connections({ assessment, policy, caller }: Patient): readonly DoctorCheck[] {
  const account = assessment.accounts.find(({ accountId }) => accountId === caller.accountId);
  if (account === undefined || !connects(policy)) {
    return [];
  }
  const { sizes, unknown } = account.whole.connections;
  const room = roomOf(policy);
  const units = (policy.connect ?? []).flatMap(({ name, spokes }): DoctorCheck[] => {
    if (spokes.organizationalUnits === undefined) {
      return [];
    }
    const { accounts, outside } = spokeAccountsOf(spokes, caller.accountId, account.state.units);
    const says = `Connection ${name} looks for spokes in ${accounts.length} accounts of ${spokes.organizationalUnits.join(', ')}.`;
    return accounts.length > 0 && outside.length === 0
      ? [pass(AREA, null, says)]
      : [
          warn(
            AREA,
            null,
            outside.length === 0 ? says : `${says} In none of these units: ${outside.join(', ')}.`,
            'Put spokes.accounts and spokes.organizationalUnits right, or move the accounts.',
          ),
        ];
  });
  return [
    ...sizes.map((size) => {
      const fit = fitOf(size, room);
      return fit === 'fits'
        ? pass(AREA, null, `${sizeText(size)}.`)
        : warn(
            AREA,
            null,
            `${sizeText(size)}. ${roomText(policy)}`,
            `It has ${fit === 'near' ? 'nearly ' : ''}outgrown peering: ${REMEDY}.`,
          );
    }),
    ...units,
    ...unknown.map(({ reason }) =>
      warn(AREA, null, reason, 'Let this account look there: docs/connect.md, "Spokes of other accounts".'),
    ),
  ];
}
