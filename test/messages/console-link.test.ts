import { consoleLink } from '../../lib/messages/console-link.ts';

describe('a link to the console', () => {
  it.each([
    ['us-east-1', 'https://us-east-1.console.aws.amazon.com/vpcconsole/home?region=us-east-1#'],
    ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/vpcconsole/home?region=cn-north-1#'],
    [
      'us-gov-west-1',
      'https://us-gov-west-1.console.amazonaws-us-gov.com/vpcconsole/home?region=us-gov-west-1#',
    ],
  ])('leads to the console of the partition: %s', (region, start) => {
    expect(consoleLink('pcx-11112222', region)).toBe(
      `${start}PeeringConnectionDetails:VpcPeeringConnectionId=pcx-11112222`,
    );
    expect(consoleLink('rtb-11112222', region)).toBe(`${start}RouteTableDetails:RouteTableId=rtb-11112222`);
  });

  it.each([
    ['pcx-1&x=1', 'us-east-1'],
    ['igw-11112222', 'us-east-1'],
    ['pcx-11112222', 'us-iso-east-1'],
    ['pcx-11112222', 'evil.example/'],
  ])('is left out where none is known: %s in %s', (id, region) => {
    expect(consoleLink(id, region)).toBeUndefined();
  });
});
