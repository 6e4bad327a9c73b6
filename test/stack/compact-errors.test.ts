import { readFileSync } from 'node:fs';
import { compactErrorClasses } from '../../build/compact-errors.ts';

const modelsOf = (client: string) =>
  readFileSync(require.resolve(`@aws-sdk/${client}/dist-es/models/errors.js`), 'utf8');

describe('error classes in a bundle', () => {
  it.each(['client-ssm', 'client-dynamodb', 'client-sns'])(
    'of %s are a line each, none left out',
    (client) => {
      const source = modelsOf(client);
      const names = (text: string) =>
        [...text.matchAll(/export (?:class|const) (\w+)/g)].map(([, name]) => name);
      const compact = compactErrorClasses(source);
      expect(names(compact)).toEqual(names(source));
      expect(compact).not.toMatch(/export class/);
      expect(compact.length).toBeLessThan(source.length / 2);
    },
  );

  it('keep name, fault, message and fields', async () => {
    const source = `class __BaseException extends Error {
      constructor({ message, ...rest }) { super(message); Object.assign(this, rest); }
    }
    ${modelsOf('client-dynamodb').replace(/^import .*$/gm, '')}`;
    const code = compactErrorClasses(source).replaceAll('export const', 'const');
    const error = new Function(
      `${code}; return new ConditionalCheckFailedException({ message: 'no', Item: 1, $metadata: { httpStatusCode: 400 } });`,
    )();
    expect(error).toMatchObject({
      name: 'ConditionalCheckFailedException',
      $fault: 'client',
      message: 'no',
      Item: 1,
      $metadata: { httpStatusCode: 400 },
    });
    expect(error).toBeInstanceOf(Error);
  });

  it('written in another way stay as they are', () => {
    expect(compactErrorClasses('export class Other {}\n')).toBe('export class Other {}\n');
  });
});
