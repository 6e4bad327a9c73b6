import { meant } from '../../cli/meant.ts';

const A = { id: 'vpc-0a1b2c3d4e5f60718', name: 'VPC-A' };
const B = { id: 'vpc-0f9e8d7c6b5a40312', name: 'VPC-B' };
const AB = { id: 'pcx-0123456789abcdef0', name: 'VPC-A-to-VPC-B' };
const ALL = [A, B, AB, { id: 'subnet-0a1b2c3d4e5f60718' }];

it.each([
  ['vpc-a', ' Did you mean vpc-0a1b2c3d4e5f60718 (VPC-A)?'],
  ['VPC A', ' Did you mean vpc-0a1b2c3d4e5f60718 (VPC-A)?'],
  ['vpc_b', ' Did you mean vpc-0f9e8d7c6b5a40312 (VPC-B)?'],
  ['VPC-A-to-VPC-8', ' Did you mean pcx-0123456789abcdef0 (VPC-A-to-VPC-B)?'],
  ['vpc-0a1b2c3d4e5f60781', ' Did you mean vpc-0a1b2c3d4e5f60718 (VPC-A)?'],
  ['vpc-0a1b2c3d4e5f6071', ' Did you mean vpc-0a1b2c3d4e5f60718 (VPC-A)?'],
  ['PCX-0123456789ABCDEF0', ' Did you mean pcx-0123456789abcdef0 (VPC-A-to-VPC-B)?'],
])('%s stands for what is near', (text, says) => {
  expect(meant(text, ALL)).toBe(says);
});

it.each(['vpc-99999999999999999', 'i-0a1b2c3d4e5f60718', 'database', '', '-', 'x'.repeat(400)])(
  'nothing is near %s',
  (text) => {
    expect(meant(text, ALL)).toBe('');
  },
);

it('names all that have the name, and how many more', () => {
  const shops = Array.from({ length: 7 }, (_, index) => ({ id: `vpc-0000000${index}`, name: 'Shop' }));
  expect(meant('shop', shops.slice(0, 2))).toBe(' Did you mean vpc-00000000 (Shop) or vpc-00000001 (Shop)?');
  expect(meant('shop', shops)).toMatch(/vpc-00000004 \(Shop\), or 2 more\?$/);
});

it('shows no control characters of a name that somebody else wrote', () => {
  expect(meant('shop', [{ id: 'vpc-00000000', name: 'shop\u001b[2J' }])).not.toContain('\u001b');
});
