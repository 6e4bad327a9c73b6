import { DEFAULT_ACCOUNT_ID } from './types.ts';

/** The lab's own endpoints that the tutorial uses: what a person would look up in the console. */
export interface ShownNotification {
  readonly subject: string;
  readonly message: string;
}

export interface LabControl {
  /** Oldest first. */
  notifications(): Promise<readonly ShownNotification[]>;
  /** Runs a scheduled function now instead of waiting for its time. */
  fire(functionName: string): Promise<void>;
  evaluateAlarms(): Promise<void>;
  /** Waits until no event is on its way and no function runs. */
  idle(): Promise<void>;
}

/** @param account whose functions and notifications; default: the lab's own. */
export function createLabControl(url: string, account = DEFAULT_ACCOUNT_ID): LabControl {
  async function ask(method: 'GET' | 'POST', path: string): Promise<unknown> {
    const answer = await fetch(`${url}${path}?account=${account}`, { method });
    if (!answer.ok) {
      throw new Error(`The lab answered ${answer.status} to ${method} ${path}: ${await answer.text()}`);
    }
    return answer.json();
  }

  return {
    async notifications() {
      return (await ask('GET', '/_lab/notifications')) as ShownNotification[];
    },
    async fire(functionName) {
      await ask('POST', `/_lab/schedules/${functionName}`);
    },
    async evaluateAlarms() {
      await ask('POST', '/_lab/alarms/evaluate');
    },
    async idle() {
      const { idle } = (await ask('POST', '/_lab/idle')) as { readonly idle: boolean };
      if (!idle) {
        throw new Error('The lab does not come to rest.');
      }
    },
  };
}
