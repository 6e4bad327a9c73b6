import { freezeLines, runningSilences, silenceLine } from '../../lib/report/orders.ts';
import { orderNames } from '../../lib/report/shown-assessment.ts';
import { shown } from '../output.ts';
import { type DoctorCheck, warn } from './check.ts';
import type { Patient } from './patient.ts';

/** What people have ordered for a time, and may have forgotten: freezes and silences. */
export function orders({ assessment }: Patient): DoctorCheck[] {
  const now = new Date();
  return assessment.accounts.flatMap(({ memory, state }) => [
    ...freezeLines(memory, now).map((line) =>
      warn('freeze', null, shown(line, 3000), 'peering thaw ends it; peering plan shows what is held back.'),
    ),
    ...runningSilences(memory, now).map((silence) =>
      warn(
        'silence',
        null,
        shown(silenceLine(silence, orderNames(state.regions)), 3000),
        `peering silence ${silence.id} --end ends it.`,
      ),
    ),
  ]);
}
