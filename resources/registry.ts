import { registryTable } from '../lib/model/names.ts';
import type { Resources } from './cloudformation.ts';
import type { StackContext } from './context.ts';

/**
 * The registry: which routes are the product's own, and all else that it remembers. One table with a partition for each
 * managed Region. It goes with the stack: a new one adopts what is in place as the policy wants it.
 */
export function registry({ stage }: StackContext): Resources {
  return {
    Registry: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: registryTable(stage),
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'region', AttributeType: 'S' },
          { AttributeName: 'item', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'region', KeyType: 'HASH' },
          { AttributeName: 'item', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        // With the key `aws/dynamodb`, whose use CloudTrail shows. It needs no permission of the roles.
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      },
    },
  };
}
