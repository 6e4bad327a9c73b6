import fc from 'fast-check';
import {
  ACCEPT_ALL,
  anyExistingNetwork,
  type Existing,
  existingNetworks,
  ownAmong,
  policies,
} from '../existing/generate.ts';
import {
  alarmsOverNothing,
  applyChange,
  type Change,
  lossesWithoutWord,
  type OwnRoute,
  violations,
} from '../existing/invariants.ts';
import { type Network, placesOf } from '../existing/shapes.ts';
import type { PolicyShape } from '../existing/wanted.ts';
import { runs } from '../support/runs.ts';
import { judge } from './judged.ts';

/** What must hold whatever network the product comes into: judged by an oracle that knows none of its code. */

const RUNS = { numRuns: runs(150) };

function made(assessments: ReturnType<typeof judge>['assessments'], account: string): Change[] {
  return assessments
    .filter(({ accountId }) => accountId === account)
    .flatMap(({ changes }) => changes)
    .filter(({ heldBy }) => heldBy === undefined)
    .map(({ action, routeTableId, destination, peeringId }) => ({
      action,
      routeTableId,
      destination,
      peeringId,
    }));
}

/** The network as the oracle sees it: with the entries of lists that the product may not read. */
function revealed({ network, hidden }: Existing): Existing['network'] {
  const copy = structuredClone(network);
  for (const regions of Object.values(copy)) {
    for (const files of Object.values(regions)) Object.assign(files.PrefixListEntries, hidden);
  }
  return copy;
}

/** What the assessments leave unsaid, or say for nothing, account by account. */
function wrongWords(existing: Existing, policy: PolicyShape, own: readonly OwnRoute[]): string[] {
  const network: Network = revealed(existing);
  const { assessments } = judge(existing.network, policy, own);
  return assessments.flatMap(({ accountId, changes, findings, notJudged }) => {
    const tables = placesOf(network)
      .filter(({ account }) => account === accountId)
      .flatMap(({ files }) => files.RouteTables);
    const conflicts = findings.filter(({ kind }) => kind === 'conflict');
    return [
      // What could not be judged is not called fine.
      ...(notJudged.length > 0 ? [] : lossesWithoutWord(network, policy, [...changes, ...findings], tables)),
      // Where a list leads that nobody may read the product cannot know.
      ...(Object.keys(existing.hidden).length > 0 ? [] : alarmsOverNothing(network, conflicts)),
    ];
  });
}

function accountsOf(network: object): string[] {
  return Object.keys(network);
}

describe('an existing network into which the product comes', () => {
  it('keeps every working path, whatever the policy: nothing is own there yet', () => {
    fc.assert(
      fc.property(anyExistingNetwork(), policies(), (existing, policy) => {
        const { network } = existing;
        for (const registry of [undefined, [] as OwnRoute[]]) {
          const { assessments } = judge(network, policy, registry);
          for (const account of accountsOf(network)) {
            const changes = made(assessments, account);
            expect(violations({ before: revealed(existing), policy, changes, own: [] })).toEqual([]);
          }
        }
      }),
      RUNS,
    );
  });

  it('keeps every working path when all its tables opt in to a policy that accepts everything', () => {
    fc.assert(
      fc.property(existingNetworks({ allOptedIn: true }), (existing) => {
        const { network } = existing;
        const { assessments } = judge(network, ACCEPT_ALL, []);
        for (const account of accountsOf(network)) {
          const changes = made(assessments, account);
          expect(violations({ before: revealed(existing), policy: ACCEPT_ALL, changes, own: [] })).toEqual(
            [],
          );
        }
      }),
      RUNS,
    );
  });

  it('loses own routes only where policy or end says so', () => {
    fc.assert(
      fc.property(
        anyExistingNetwork().chain((existing) =>
          fc.tuple(fc.constant(existing), policies(), ownAmong(existing.network)),
        ),
        ([existing, policy, own]) => {
          const { network } = existing;
          const { assessments } = judge(network, policy, own);
          for (const account of accountsOf(network)) {
            const changes = made(assessments, account);
            expect(violations({ before: revealed(existing), policy, changes, own })).toEqual([]);
          }
        },
      ),
      RUNS,
    );
  });

  it('settles: what the changes lead to asks for no further change', () => {
    fc.assert(
      fc.property(anyExistingNetwork(), policies(), ({ network }, policy) => {
        const first = judge(network, policy, []).assessments;
        const changes = accountsOf(network).flatMap((account) => made(first, account));
        const after = changes.reduce(applyChange, network);
        const own = changes
          .filter(({ action }) => action !== 'delete')
          .map(({ routeTableId, destination, peeringId }) => ({ routeTableId, destination, peeringId }));
        const second = judge(after, policy, own).assessments;
        expect(accountsOf(network).flatMap((account) => made(second, account))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('tells of every address that the policy wants led to a live peering and that is not, and of no other conflict', () => {
    fc.assert(
      fc.property(
        anyExistingNetwork().chain((existing) =>
          fc.tuple(fc.constant(existing), policies(), ownAmong(existing.network)),
        ),
        ([existing, policy, own]) => {
          expect(wrongWords(existing, policy, own)).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('does so where all tables opt in to a policy that accepts everything', () => {
    fc.assert(
      fc.property(existingNetworks({ allOptedIn: true }), (existing) => {
        expect(wrongWords(existing, ACCEPT_ALL, [])).toEqual([]);
      }),
      RUNS,
    );
  });
});
