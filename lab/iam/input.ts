import { protocolOf } from '../action.ts';
import type { LabRequest } from '../types.ts';

/** The parameters of an AWS call as a tree, whatever the protocol: JSON as sent, `Tag.1.Key=a` as `{Tag: {1: {Key}}}`. */
export type Input = Readonly<Record<string, unknown>>;

type Branch = { [name: string]: string | Branch };

function fromForm(parameters: URLSearchParams): Input {
  const root: Branch = {};
  for (const [name, value] of parameters) {
    const path = name.split('.');
    const leaf = path.pop() ?? '';
    let branch = root;
    for (const part of path) {
      const next = branch[part];
      const deeper: Branch = typeof next === 'object' ? next : {};
      branch[part] = deeper;
      branch = deeper;
    }
    branch[leaf] = value;
  }
  return root;
}

function isTree(value: unknown): value is Input {
  return typeof value === 'object' && value !== null;
}

/** What an S3 request names: `/bucket/key?versions`, and of several objects to delete their keys. */
function fromS3({ path, query, body, method }: LabRequest): Input {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/.exec(decodeURIComponent(path)) ?? [];
  const parameters = new URLSearchParams(query);
  const many = method === 'POST' && parameters.has('delete') ? body.toString() : '';
  return {
    Bucket: bucket,
    Key: key,
    Versions: parameters.has('versions'),
    Objects: [...many.matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, object = '']) => ({
      Key: /<Key>(.*?)<\/Key>/s.exec(object)?.[1],
      VersionId: /<VersionId>(.*?)<\/VersionId>/s.exec(object)?.[1],
    })),
  };
}

export function inputOf(request: LabRequest): Input {
  const { body, query } = request;
  switch (protocolOf(request)) {
    case 'ec2':
    case 'query':
      return fromForm(new URLSearchParams(body.length > 0 ? body.toString() : query));
    case 'json': {
      const parsed: unknown = body.length === 0 ? {} : JSON.parse(body.toString());
      return isTree(parsed) ? parsed : {};
    }
    default:
      return request.service === 's3' ? fromS3(request) : { Path: decodeURIComponent(request.path) };
  }
}

/** What is at a path such as `Entries.*.Source`; `*` stands for every member of a list. Nothing, if there is nothing. */
export function valuesAt(input: unknown, path: string): readonly unknown[] {
  return path.split('.').reduce<readonly unknown[]>(
    (found, part) =>
      found.flatMap((value) => {
        if (!isTree(value)) {
          return [];
        }
        const members = part === '*' ? Object.values(value) : [value[part]];
        return members.filter((member) => member !== undefined && member !== null);
      }),
    [input],
  );
}

export function textsAt(input: unknown, path: string): readonly string[] {
  return valuesAt(input, path).filter((value): value is string => typeof value === 'string' && value !== '');
}

export function textAt(input: unknown, path: string): string | undefined {
  return textsAt(input, path)[0];
}
