import type { LabContext, LabResponse, Place } from '../types.ts';
import { errorIn, parseAnswer, type XmlNode } from './xml.ts';

/**
 * Asks moto's EC2 as the administrator of a place.
 * @throws {Ec2Error} when moto refuses.
 */
export type AskMoto = (
  place: Place,
  parameters: Readonly<Record<string, string>> & { readonly Action: string },
) => Promise<XmlNode>;

export function createAskMoto({ call }: Pick<LabContext, 'call'>): AskMoto {
  /** An answer that is kept is parsed once. */
  const parsed = new WeakMap<LabResponse, XmlNode>();
  return async ({ accountId, region }, parameters) => {
    const response = await call({
      service: 'ec2',
      accountId,
      region,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: new URLSearchParams({ Version: '2016-11-15', ...parameters }).toString(),
    });
    if (response.status >= 400) {
      throw errorIn(response);
    }
    const tree = parsed.get(response) ?? parseAnswer(response);
    parsed.set(response, tree);
    return tree;
  };
}

/** `{ 'Name.1': a, 'Name.2': b }` */
export function numbered(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.${index + 1}`, value]));
}
