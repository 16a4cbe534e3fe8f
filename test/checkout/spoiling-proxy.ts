// A proxy in front of the simulator, for what a gateway does and its answer then suffers on the way.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

type Answered = Readonly<{ status: number; body: string; location?: string }>;
/** What arrives instead of the gateway's answer to a pay. */
export type Spoil = (answer: Answered) => Answered;

/** Passes every call on, once, and every answer back; those to pays are spoilt. */
export const spoilingProxy = async (target: string, spoil: Spoil) => {
  const passOn = async (
    method: string,
    path: string,
    authorization: string,
    body: Buffer,
  ): Promise<Answered> => {
    const answer = await fetch(target + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const real = { status: answer.status, body: await answer.text() };
    return path.endsWith('/pay') ? spoil(real) : real;
  };
  const server = createServer((request, response) => {
    void buffer(request)
      .then((body) =>
        passOn(request.method ?? '', request.url ?? '', request.headers.authorization ?? '', body),
      )
      .then(({ status, body, location }) => {
        const headers = { 'content-type': 'application/json', ...(location !== undefined && { location }) };
        response.writeHead(status, headers).end(body);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
