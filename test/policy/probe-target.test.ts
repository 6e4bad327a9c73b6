import { CidrError } from '../../lib/network/cidr.ts';
import { parseProbeTarget } from '../../lib/policy/probe-target.ts';

describe('what probe.targets names', () => {
  it.each([
    ['10.64.1.10', undefined, '10.64.1.10'],
    ['10.64.1.10:5432', 5432, '10.64.1.10:5432'],
    ['2001:DB8::1', undefined, '2001:db8::1'],
    ['[2001:DB8:0::1]:443', 443, '[2001:db8::1]:443'],
    ['10.64.1.10:65535', 65535, '10.64.1.10:65535'],
  ])('%s', (text, port, canonical) => {
    const target = parseProbeTarget(text);
    expect([target.port, target.text]).toEqual([port, canonical]);
  });

  it.each([
    ['10.64.1.10:0', /no port from 1 to 65535 at its end/],
    ['10.64.1.10:65536', /no port from 1 to 65535/],
    ['10.64.1.10:', /no port/],
    ['10.64.1.10:postgres', /no port/],
    ['10.64.1.10:05432', /no port/],
    ['[2001:db8::1]', /no port/],
    ['[2001:db8::1]:x', /no port/],
    ['[10.64.1.10]:443', /no address with a port/],
    ['db.example.com:5432', /no address with a port/],
    ['tcp://10.64.1.10', /no address with a port/],
    ['10.64.1.0/24:5432', /no address with a port/],
    ['10.64.1.10 :5432', /no address with a port/],
    ['10.64.1', /./],
    ['', /./],
  ])('not %s, and says what would be right', (text, problem) => {
    expect(() => parseProbeTarget(text)).toThrow(CidrError);
    expect(() => parseProbeTarget(text)).toThrow(problem);
  });
});
