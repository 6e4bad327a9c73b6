import { randomUUID } from 'node:crypto';
import { protocolOf } from './action.ts';
import { jsonError } from './json-answer.ts';
import type { LabRequest, LabResponse } from './types.ts';

export interface AwsError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function xml(status: number, requestId: string, content: string): LabResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`),
  };
}

/** A CBOR text string (RFC 8949, major type 3) of up to 65,535 bytes. */
function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(3);
  head[0] = 0x79;
  head.writeUInt16BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** An error in the form that the service's clients read. */
export function errorAnswer(request: LabRequest, { status, code, message }: AwsError): LabResponse {
  const detail = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  const requestId = randomUUID();
  switch (protocolOf(request)) {
    case 'ec2':
      return xml(
        status,
        requestId,
        `<Response><Errors><Error>${detail}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      );
    case 'query':
      return xml(
        status,
        requestId,
        `<ErrorResponse><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    case 'rest-xml':
      return xml(status, requestId, `<Error>${detail}<RequestId>${requestId}</RequestId></Error>`);
    case 'cbor':
      return {
        status,
        headers: {
          'content-type': 'application/cbor',
          'smithy-protocol': 'rpc-v2-cbor',
          'x-amzn-requestid': requestId,
        },
        // A map of two pairs.
        body: Buffer.concat([
          Buffer.from([0xa2]),
          ...['__type', code, 'message', message].map((text) => cborText(text)),
        ]),
      };
    default:
      return jsonError(status, code, message);
  }
}
