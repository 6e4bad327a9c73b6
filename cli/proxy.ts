import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { REQUEST_LIMITS } from '../lib/aws/request-limits.ts';

/** The way to AWS through a proxy, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say: the AWS CLI reads the same. */

/** A connection to a proxy that never answers would keep the process from ending, long after its request was given up. */
function throughProxy(proxy: string, request: ClientRequest): Agent {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), REQUEST_LIMITS.connectionTimeout);
  request.once('socket', () => clearTimeout(timer));
  return new HttpsProxyAgent(proxy, { keepAlive: true, signal: patience.signal });
}

/** Decides for each connection: some addresses may be named in NO_PROXY. */
class EnvironmentAgent extends Agent {
  readonly #direct = { https: new HttpsAgent({ keepAlive: true }), http: new HttpAgent({ keepAlive: true }) };

  connect(request: ClientRequest, { host, port, secureEndpoint }: AgentConnectOpts) {
    const protocol = secureEndpoint ? 'https' : 'http';
    const proxy = getProxyForUrl(`${protocol}://${host}:${port}`);
    return proxy === '' ? this.#direct[protocol] : throughProxy(proxy, request);
  }
}

/** One for both protocols. */
export function environmentAgent(): Agent {
  return new EnvironmentAgent();
}
