import type { MotoClients } from './clients.ts';
import { LabError } from './errors.ts';
import { accountNamedBy } from './principals.ts';
import { DEFAULT_ACCOUNT_ID } from './types.ts';

/** Environment variables that make AWS's clients use the lab. */
export class LabEnvironment {
  readonly #url: string;
  readonly #region: string;
  readonly #clients: MotoClients;

  constructor(options: { readonly url: string; readonly region: string; readonly clients: MotoClients }) {
    this.#url = options.url;
    this.#region = options.region;
    this.#clients = options.clients;
  }

  /**
   * As the administrator of an account.
   * @throws {LabError} when it is not twelve digits.
   */
  ofAccount(account: string): Readonly<Record<string, string>> {
    if (accountNamedBy(account) === undefined) {
      throw new LabError(`"${account}" is no account id: give twelve digits, such as ${DEFAULT_ACCOUNT_ID}.`);
    }
    return {
      AWS_ENDPOINT_URL: this.#url,
      AWS_ACCESS_KEY_ID: account === DEFAULT_ACCOUNT_ID ? 'test' : account,
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: this.#region,
      AWS_DEFAULT_REGION: this.#region,
    };
  }

  /** As a session of a role. */
  async inRole(roleArn: string): Promise<Readonly<Record<string, string>>> {
    const role = { roleArn, sessionName: 'deployment' };
    const { accessKeyId, secretAccessKey, sessionToken = '' } = await this.#clients.assumeRole(role);
    return {
      AWS_ENDPOINT_URL: this.#url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    };
  }
}
