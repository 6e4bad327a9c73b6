import { partitionsOfBotocore } from '../make-partitions.ts';
import { PARTITIONS, partitionOf, urlSuffixOf } from '../partitions.ts';
import { homeRegion } from '../regions.ts';

describe('the partitions', () => {
  it('are those of botocore beneath moto (node --import tsx make-partitions.ts)', async () => {
    expect(PARTITIONS).toEqual(await partitionsOfBotocore());
  });

  it.each([
    ['eu-west-1', 'aws', 'amazonaws.com'],
    ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
    ['cn-newest-9', 'aws-cn', 'amazonaws.com.cn'],
    ['nowhere', 'aws', 'amazonaws.com'],
  ])('%s is in %s, with endpoints at %s', (region, id, suffix) => {
    expect([partitionOf(region), urlSuffixOf(region)]).toEqual([id, suffix]);
  });

  it('have the Region that a person names, or one that he may have meant', () => {
    expect(homeRegion()).toBe('us-east-1');
    expect(homeRegion('ap-south-2')).toBe('ap-south-2');
    expect(() => homeRegion('us-esat-1')).toThrow('There is no Region "us-esat-1". Did you mean us-east-1?');
    expect(() => homeRegion('mars')).toThrow(/^There is no Region "mars"\.$/);
  });
});
