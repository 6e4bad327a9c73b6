import type { IncomingHttpHeaders } from 'node:http';

/**
 * The lab runs code for whoever asks, as the person who started it. Nobody signs in, so whatever may come from a web page is
 * refused: every page that a browser on this machine has open can send requests to a port of 127.0.0.1.
 *
 * A browser says of its requests where they come from (`Origin`, `Sec-Fetch-Site`: Fetch Metadata Request Headers, W3C), and a
 * page can leave out neither. A page whose own name was made to lead to 127.0.0.1 (DNS rebinding) shows by `Host`.
 *
 * @param port that the lab listens on.
 * @returns why the request is refused, or undefined where no page can have sent it.
 */
export function webRefusal(headers: IncomingHttpHeaders, port: number): string | undefined {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return `The local AWS answers on http://127.0.0.1:${port} and http://localhost:${port} only, but was asked by another name.`;
  }
  if (origin !== undefined) {
    return 'The local AWS answers no web page: this request has an Origin header.';
  }
  if (site !== undefined && site !== 'none') {
    return 'The local AWS answers no web page: by its header Sec-Fetch-Site, this request is from one.';
  }
  return undefined;
}

/** No page is told that it may read an answer, whatever moto says. */
export function withoutCors(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith('access-control-')),
  );
}
