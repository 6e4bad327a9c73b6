import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Two requests at the same time, the first of which ends when the second has been answered, or after a while. */
const SCRIPT = `
import sys, threading
sys.path.insert(0, sys.argv[1])
from moto_requests import one_at_a_time

answered, begun = threading.Event(), threading.Event()

def application(environ, start_response):
    if environ["PATH_INFO"] == "/first":
        begun.set()
        print("beside another" if answered.wait(float(environ["WAIT"])) else "alone")
    else:
        answered.set()
    return []

serve = one_at_a_time(application)
header = {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{sys.argv[2]}/aws4_request"}
first = threading.Thread(target=serve, args=({"PATH_INFO": "/first", "WAIT": sys.argv[3], **header}, None))
first.start()
begun.wait()
serve({"PATH_INFO": "/second", **header}, None)
first.join()
`;

async function twoAtOnce(service: string, seconds: number): Promise<string> {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const args = ['-c', SCRIPT, folder, service, String(seconds)];
  const { stdout } = await promisify(execFile)(process.env.PYTHON ?? 'python3', args);
  return stdout.trim();
}

describe('a request to moto', () => {
  it.each(['dynamodb', 'events', 'cloudformation'])('of %s has it for itself', async (service) => {
    expect(await twoAtOnce(service, 0.3)).toBe('alone');
  });

  it('that waits for messages of a queue holds up no other', async () => {
    expect(await twoAtOnce('sqs', 30)).toBe('beside another');
  });
});
