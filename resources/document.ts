import { PING_DOCUMENT_CONTENT, pingDocumentName } from '../lib/connectivity/ping-document.ts';
import type { Resources } from './cloudformation.ts';
import type { StackContext } from './context.ts';

/** The ping document in the Region of deployment. forward-events keeps the same one in the other managed Regions. */
export function pingDocument({ stage }: StackContext): Resources {
  return {
    PingDocument: {
      Type: 'AWS::SSM::Document',
      Properties: {
        Name: pingDocumentName(stage),
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        TargetType: '/AWS::EC2::Instance',
        // A document with a name of its own cannot be replaced, only get a new version.
        UpdateMethod: 'NewVersion',
        // CloudFormation takes text too, but cfn-lint can only check an object.
        Content: PING_DOCUMENT_CONTENT,
      },
    },
  };
}
