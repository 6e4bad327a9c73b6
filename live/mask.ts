/** What a person sends to others names neither accounts nor people. Pure. */

/** The account is between the fourth and the fifth colon; what follows names a user, a role or a session. */
const PRINCIPAL = /(arn:[a-z-]+:(?:iam|sts)::)\d{12}:[^\s"',]+/g;

/** Of any account: ids of resources are hexadecimal and longer, times in milliseconds have thirteen digits. */
const ACCOUNT = /(?<![0-9a-zA-Z])\d{12}(?![0-9a-zA-Z])/g;

/** @returns the text with accounts and principals left out. */
export function masked(text: string): string {
  return text.replace(PRINCIPAL, '$1<account>:<principal>').replace(ACCOUNT, '<account>');
}
