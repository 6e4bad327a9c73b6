import fc from 'fast-check';
import { anyExistingNetwork, ownAmong, policies } from '../existing/generate.ts';
import { violations } from '../existing/invariants.ts';
import { judge } from './judged.ts';

it('x', () => {
  for (const owned of [false, true]) {
    const r = fc.check(
      fc.property(
        anyExistingNetwork().chain(({ network }) =>
          fc.tuple(fc.constant(network), policies(), owned ? ownAmong(network) : fc.constant([])),
        ),
        ([network, policy, own]) => {
          const { assessments } = judge(network, policy, own);
          return Object.keys(network).every(
            (acc) =>
              violations({
                before: network,
                policy,
                own,
                changes: assessments
                  .filter((a) => a.accountId === acc)
                  .flatMap((a) => a.changes.filter((c) => c.heldBy === undefined)) as never,
              }).length === 0,
          );
        },
      ),
      { numRuns: 1000 },
    );
    if (!r.counterexample) {
      console.log('OK', owned, r.numRuns);
      continue;
    }
    const [network, policy, own] = r.counterexample[0];
    const { assessments } = judge(network, policy, own);
    for (const acc of Object.keys(network)) {
      const changes = assessments
        .filter((a) => a.accountId === acc)
        .flatMap((a) => a.changes.filter((c) => c.heldBy === undefined));
      console.log(
        'V',
        acc,
        violations({ before: network, policy, own, changes: changes as never }),
        changes.map((c) => c.reason),
      );
    }
    console.log('POLICY', JSON.stringify(policy), 'OWN', JSON.stringify(own));
    for (const [acc, regs] of Object.entries(network))
      for (const [reg, f] of Object.entries(regs as any) as any) {
        for (const v of f.Vpcs)
          console.log(
            'VPC',
            acc,
            reg,
            v.VpcId,
            v.CidrBlock,
            JSON.stringify(v.CidrBlockAssociationSet.map((x: any) => x.CidrBlock)),
            JSON.stringify(v.Ipv6CidrBlockAssociationSet.map((x: any) => x.Ipv6CidrBlock)),
          );
        for (const p of f.VpcPeeringConnections)
          console.log(
            'PCX',
            acc,
            reg,
            p.VpcPeeringConnectionId,
            p.Status.Code,
            JSON.stringify(p.RequesterVpcInfo),
            JSON.stringify(p.AccepterVpcInfo),
          );
        for (const t of f.RouteTables) {
          console.log(
            'RTB',
            acc,
            reg,
            t.RouteTableId,
            t.VpcId,
            JSON.stringify(t.Tags),
            JSON.stringify(t.Associations),
          );
          for (const q of t.Routes) console.log('   ', JSON.stringify(q));
        }
        console.log('PL', JSON.stringify(f.ManagedPrefixLists), JSON.stringify(f.PrefixListEntries));
      }
  }
});
