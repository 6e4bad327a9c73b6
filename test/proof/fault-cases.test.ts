import {
  FAULT_SHAPES,
  type FaultCase,
  faultCases,
  isRead,
  ROTATION_DAYS,
  shareOf,
  type WatchedCall,
} from '../../proof/fault-cases.ts';

const write: WatchedCall = { function: 'sync-routes', service: 'ec2', action: 'CreateRoute' };
const read: WatchedCall = { function: 'sync-routes', service: 'ec2', action: 'DescribeVpcs' };
const nameOf = ({ flow, call, shape }: FaultCase) => `${flow} ${call.action} ${shape.heading}`;

describe('the cases of the fault matrix', () => {
  const cases = faultCases(
    new Map([
      ['routes', [write, read]],
      ['features', [read, { ...read, action: 'DescribeSubnets' }, { ...write, action: 'DeleteRoute' }]],
    ]),
  );

  it('are each call once, with every fault where it writes, and those that are another to it where it reads', () => {
    const shapesOf = (action: string) =>
      cases.filter(({ call }) => call.action === action).map(({ shape }) => shape.heading);
    expect(new Set(shapesOf('CreateRoute'))).toEqual(new Set(FAULT_SHAPES.map(({ heading }) => heading)));
    expect(new Set(shapesOf('DescribeVpcs'))).toEqual(
      new Set(['throttled', 'reset before', 'slow', 'NotFound', 'denied']),
    );
    expect(new Set(cases.map(nameOf)).size).toBe(cases.length);
    expect(isRead({ ...read, action: 'SendCommand' })).toBe(false);
  });

  it('are all of the stack that every policy has each day, and those of the features in turn', () => {
    const days = Array.from({ length: ROTATION_DAYS }, (_, day) => shareOf(20_000 + day, cases).map(nameOf));
    const isFeature = (name: string) => name.startsWith('features');
    for (const names of days) {
      expect(names.filter((name) => !isFeature(name))).toEqual(
        cases.map(nameOf).filter((name) => !isFeature(name)),
      );
    }
    const ofFeatures = days.flat().filter(isFeature);
    expect(ofFeatures.sort()).toEqual(cases.map(nameOf).filter(isFeature).sort());
  });
});
