import { once } from 'node:events';
import { createServer, request } from 'node:http';

/**
 * A reverse proxy that hides from the server at `url` how it was called: it sends the server's own address as `Host`, and
 * nothing of what browsers say about the page that sent a request. Ends with the test; answers its own URL.
 */
export async function startFront(t, url) {
  const { hostname, port, host } = new URL(url);
  const front = createServer((asked, answer) => {
    const headers = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !name.startsWith('sec-fetch-')));
    const passed = request({ hostname, port, path: asked.url, method: asked.method, headers: { ...headers, host } }, (came) => {
      answer.writeHead(came.statusCode, came.headers);
      came.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  t.after(() => {
    front.closeAllConnections();
    return new Promise((resolve) => front.close(resolve));
  });
  return `http://127.0.0.1:${front.address().port}/`;
}
