import {
  FAULT_SHAPES,
  type FaultCase,
  faultCases,
  isRead,
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
});
