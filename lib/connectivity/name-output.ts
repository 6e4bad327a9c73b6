import { asAddress } from '../network/cidr.ts';
import type { OutputSection } from './output-sections.ts';

/** What the instance's resolver makes of a name. */
export interface NameAnswer {
  readonly name: string;
  readonly end: 'answered' | 'no-answer' | 'timeout' | 'no-program' | 'unreadable';
  /** Canonical, each once. */
  readonly addresses: readonly string[];
}

/** `getent` gives 2 for a name that is not there; `timeout` gives 124. */
const ENDS: Readonly<Record<string, NameAnswer['end']>> = {
  '0': 'answered',
  '2': 'no-answer',
  '124': 'timeout',
  '126': 'no-program',
  '127': 'no-program',
};

export function readNames(sections: readonly OutputSection[]): NameAnswer[] {
  return sections
    .filter(({ what, isWhole }) => what === 'name' && isWhole)
    .map(({ of, lines }) => {
      const said = lines.map((line) => line.trim()).filter((line) => line !== '');
      const exit = /^exit (\d{1,3})$/.exec(said.at(-1) ?? '')?.[1] ?? '';
      const words = said.slice(0, -1).map((line) => line.split(/\s/)[0] ?? '');
      const addresses = words.map((word) => asAddress(word)?.text);
      const end = ENDS[exit] ?? 'unreadable';
      const isClear =
        end !== 'answered' || (addresses.length > 0 && addresses.every((address) => address !== undefined));
      return {
        name: of,
        end: isClear ? end : 'unreadable',
        addresses: end === 'answered' ? [...new Set(addresses.flatMap((address) => address ?? []))] : [],
      };
    });
}
