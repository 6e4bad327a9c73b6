import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

/** The way to AWS through a proxy, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say: the AWS CLI reads the same. */

/** Decides for each connection: some addresses may be named in NO_PROXY. */
class EnvironmentAgent extends Agent {
  readonly #direct = { https: new HttpsAgent({ keepAlive: true }), http: new HttpAgent({ keepAlive: true }) };

  connect(_request: ClientRequest, { host, port, secureEndpoint }: AgentConnectOpts) {
    const protocol = secureEndpoint ? 'https' : 'http';
    const proxy = getProxyForUrl(`${protocol}://${host}:${port}`);
    return proxy === '' ? this.#direct[protocol] : new HttpsProxyAgent(proxy, { keepAlive: true });
  }
}

/** One for both protocols. */
export function environmentAgent(): Agent {
  return new EnvironmentAgent();
}
