import type { AskedAnswer } from '../passes/judge-answer.ts';

const PEERING = /^pcx-[0-9a-f]{8,17}$/;

/** What is wrong with it, in words that can be shown: nothing of what was sent is in them. */
export interface NotAnAnswer {
  readonly problem: string;
}

function textIn(event: object, name: string): string | undefined {
  const text: unknown = Object.hasOwn(event, name) ? Reflect.get(event, name) : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** Reads what a button sends: `{"answer":"accept","peeringId":"pcx-…","region":"us-east-1"}`. More than that is not looked at. */
export function readAnswer(
  event: unknown,
  { managedRegions }: { readonly managedRegions: readonly string[] },
): Omit<AskedAnswer, 'by'> | NotAnAnswer {
  if (typeof event !== 'object' || event === null) {
    return { problem: 'Nothing was done: this function takes an object with answer, peeringId and region.' };
  }
  const answer = textIn(event, 'answer');
  const peeringId = textIn(event, 'peeringId');
  const region = textIn(event, 'region');
  if (answer !== 'accept' && answer !== 'reject') {
    return { problem: 'Nothing was done: answer is accept or reject.' };
  }
  if (peeringId === undefined || !PEERING.test(peeringId)) {
    return { problem: 'Nothing was done: peeringId is the id of a peering, such as pcx-0a1b2c3d4e5f60718.' };
  }
  if (region === undefined || !managedRegions.includes(region)) {
    return { problem: 'Nothing was done: region is none that this stack manages.' };
  }
  return { answer, peeringId, region };
}
