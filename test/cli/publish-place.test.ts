import { publishPlace } from '../../cli/report/publish-place.ts';

/** Where `report --publish` puts the page. */

it.each([
  ['s3://reports', { bucket: 'reports', key: 'peerings.html' }],
  ['s3://reports/', { bucket: 'reports', key: 'peerings.html' }],
  ['s3://my.reports/network/', { bucket: 'my.reports', key: 'network/peerings.html' }],
  ['s3://reports/network/today.html', { bucket: 'reports', key: 'network/today.html' }],
])('%s', (text, place) => {
  expect(publishPlace(text)).toEqual(place);
});

it.each([
  'reports',
  'https://reports.s3.amazonaws.com/x',
  's3://',
  's3:///key',
  's3://Reports',
  's3://reports/a b',
  's3://reports/a\u202e',
  's3://reports/a\nb',
  `s3://reports/${'a'.repeat(1000)}`,
])('%j is no place', (text) => {
  expect(() => publishPlace(text)).toThrow(/no place in S3; write s3:/);
});
