// What becomes of a pay on real sockets, whatever happens below HTTP: the outcome, and how often it was written to the wire.
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { parseMoney } from '../../../src/domain/money/money.ts';
import { merchantId, orderId, sessionId } from '../../../src/domain/payment/ids.ts';
import type { PayOutcome } from '../../../src/domain/payment/outcome.ts';
import { type Fetch, PrahsysClient } from '../../../src/infrastructure/prahsys/client.ts';
import { prahsysAccount } from '../../../src/infrastructure/prahsys/config.ts';
import { OrderDialectGateway } from '../../../src/infrastructure/prahsys/order-dialect/gateway.ts';
import { selfSigned } from './self-signed.ts';
import { answer, wireServer, type WireServer } from './wire-server.ts';

const request = {
  merchantId: merchantId('MERCHANT-1')._unsafeUnwrap(),
  orderId: orderId('ORDER-1')._unsafeUnwrap(),
  sessionId: sessionId('SESSION0002776555072F1187121H61')._unsafeUnwrap(),
  amount: parseMoney('99.99', 'USD')._unsafeUnwrap(),
};

const captured = JSON.stringify({
  success: true,
  data: {
    id: 'tx-1',
    result: 'SUCCESS',
    requestedAmount: 99.99,
    currency: 'USD',
    order: { id: 'ORDER-1', amount: 99.99, currency: 'USD', status: 'CAPTURED', result: 'SUCCESS' },
  },
});

const gatewayAt = (apiUrl: string, timeoutMs = 5_000, fetch?: Fetch): OrderDialectGateway => {
  const settings = { merchantId: 'MERCHANT-1', apiKey: 'sk_test_0123456789', apiUrl, timeoutMs };
  const { connection, credentials } = prahsysAccount(settings)._unsafeUnwrap();
  return new OrderDialectGateway(connection, credentials, fetch);
};

const payAt = async (apiUrl: string, timeoutMs?: number, fetch?: Fetch): Promise<PayOutcome> =>
  (await gatewayAt(apiUrl, timeoutMs, fetch).pay(request))._unsafeUnwrap();

const withServer = async <T>(
  onRequest: (socket: Socket, request: string) => void,
  body: (server: WireServer, url: string) => Promise<T>,
  options?: Parameters<typeof wireServer>[1],
): Promise<T> => {
  const server = await wireServer(onRequest, options);
  try {
    return await body(server, `http://127.0.0.1:${server.port}`);
  } finally {
    await server.close();
  }
};

/** Nobody is allowed to listen there but root, and nobody does. */
const nobodyListens = 'http://127.0.0.1:2';

describe('A pay that surely was not sent', () => {
  it('is one whose connection was refused', async () => {
    expect(await payAt(nobodyListens)).toEqual({ type: 'notSent', reason: 'no connection (ECONNREFUSED)' });
  });

  it('is one to a server whose certificate nobody vouches for', () =>
    withServer(
      () => undefined,
      async (server) => {
        expect(await payAt(`https://localhost:${server.port}`)).toEqual({
          type: 'notSent',
          reason: 'no connection (DEPTH_ZERO_SELF_SIGNED_CERT)',
        });
        expect(server.connections()).toBe(1);
        expect(server.requests).toEqual([]);
      },
      { tls: selfSigned() },
    ));

  it('is one whose connection ended within the TLS handshake', () =>
    withServer(
      () => undefined,
      async (server) => {
        expect((await payAt(`https://localhost:${server.port}`)).type).toBe('notSent');
        expect(server.connections()).toBe(1);
      },
      { onBytes: (socket) => socket.end() },
    ));

  it.each([
    ['a name that does not resolve', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }],
    ['a name server that does not answer', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }],
    ['no connection within the time for one', { code: 'UND_ERR_CONNECT_TIMEOUT' }],
    ['no route', { code: 'EHOSTUNREACH', syscall: 'connect' }],
    ['a certificate of another host', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
    ['a certificate that has expired', { code: 'CERT_HAS_EXPIRED' }],
    ['every address of the name refused', { errors: [{ syscall: 'connect' }, { code: 'ECONNREFUSED' }] }],
  ])('is one that met %s', async (_name, cause) => {
    const failing: Fetch = () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause }));
    expect((await payAt(nobodyListens, 1_000, failing)).type).toBe('notSent');
  });
});

describe('A pay that may have left', () => {
  it.each([
    ['a reset, which may come after the request', { code: 'ECONNRESET', syscall: 'read' }],
    ['a broken pipe', { code: 'EPIPE', syscall: 'write' }],
    ['a time-out of a connection that stood', { code: 'ETIMEDOUT', syscall: 'read' }],
    ['an end of the other side', { code: 'UND_ERR_SOCKET' }],
    [
      'an address that refused and one that may have received',
      { errors: [{ code: 'ECONNREFUSED' }, { code: 'EPIPE' }] },
    ],
    ['an error of a kind that nobody knows', { code: 'ERR_FROBNICATED' }],
    ['an error without a cause', undefined],
  ])('is unknown after %s', async (_name, cause) => {
    const failing: Fetch = () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause }));
    expect((await payAt(nobodyListens, 1_000, failing)).type).toBe('unknown');
  });

  it('is unknown when fetch throws something that is no error at all', async () => {
    const failing: Fetch = () => Promise.reject(null);
    expect((await payAt(nobodyListens, 1_000, failing)).type).toBe('unknown');
  });

  it('is unknown when a server speaks HTTP where TLS was expected, and is not repeated in the clear', () =>
    withServer(
      () => undefined,
      async (server) => {
        expect((await payAt(`https://localhost:${server.port}`)).type).toBe('unknown');
        expect(server.connections()).toBe(1);
        expect(server.requests).toEqual([]);
      },
      { onBytes: (socket) => socket.end(answer(200, captured)) },
    ));

  const breaking: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['a reset before the answer', (socket) => socket.resetAndDestroy()],
    ['an end before the answer', (socket) => socket.end()],
    ['half a status line', (socket) => socket.end('HTTP/1.1 20')],
    ['half the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
    ['half the body', (socket) => socket.end(answer(200, captured).slice(0, -60))],
    [
      'half the body, then a reset',
      (socket) => socket.write(answer(200, captured).slice(0, -60), () => socket.resetAndDestroy()),
    ],
    [
      'a chunked body that is cut',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfff\r\n${captured}`),
    ],
    ['bytes that are no HTTP', (socket) => socket.end('\u0000\u0001\u0002 nonsense\r\n\r\n')],
    ['no answer at all', () => undefined],
    ['headers and no body', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n')],
    [
      'a body that is not UTF-8',
      (socket) =>
        socket.end(
          Buffer.concat([
            Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n'),
            Buffer.from([0x22, 0xff, 0xfe, 0x22]),
          ]),
        ),
    ],
    [
      'JSON in which one letter is not UTF-8',
      (socket) => {
        const body = captured.replace('"success"', '"note":"@","success"');
        socket.end(Buffer.from(answer(200, body).replace('@', '\u00e9'), 'latin1'));
      },
    ],
    ['JSON that ends early', (socket) => socket.end(answer(200, captured.slice(0, -2)))],
    ['JSON after HTML', (socket) => socket.end(answer(200, `<br>${captured}`))],
    [
      'JSON that is nested too deep',
      (socket) => socket.end(answer(200, '['.repeat(400_000) + ']'.repeat(400_000))),
    ],
    [
      'an HTML page',
      (socket) => socket.end(answer(200, '<h1>Welcome</h1>', { 'content-type': 'text/html' })),
    ],
    ['an empty body', (socket) => socket.end(answer(200, ''))],
    ['no content', (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n')],
    [
      'a wrong length and a foreign encoding',
      (socket) => socket.end(answer(200, captured, { 'content-encoding': 'gzip' })),
    ],
  ];
  it.each(breaking)('is unknown after %s, and went out once', (_name, breakIt) =>
    withServer(breakIt, async (server, url) => {
      expect((await payAt(url, 400)).type).toBe('unknown');
      expect(server.requests).toHaveLength(1);
    }),
  );

  it.each([300, 301, 302, 303, 307, 308])(
    'is unknown after a redirect with %i, which is not followed',
    (status) =>
      withServer(
        (socket, text) =>
          socket.end(
            text.includes('/elsewhere')
              ? answer(200, captured)
              : answer(status, captured, { location: '/elsewhere' }),
          ),
        async (server, url) => {
          expect(await payAt(url)).toEqual({ type: 'unknown', reason: `HTTP ${status}` });
          expect(server.requests).toHaveLength(1);
        },
      ),
  );

  it.each([
    304, 402, 405, 407, 408, 409, 410, 413, 415, 418, 421, 425, 426, 429, 451, 500, 501, 502, 503, 504, 511,
    599,
  ])('is unknown after %i without a verdict, and went out once', (status) =>
    withServer(
      (socket) =>
        socket.end(
          answer(status, '{"success":false,"message":"no"}', {
            'retry-after': '0',
            'www-authenticate': 'Basic realm=x',
          }),
        ),
      async (server, url) => {
        expect((await payAt(url)).type).toBe('unknown');
        expect(server.requests).toHaveLength(1);
      },
    ),
  );

  it('is unknown, and ends, when the answer drips past the deadline', () => {
    let timer: NodeJS.Timeout;
    return withServer(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{');
        timer = setInterval(() => socket.write(' '), 20);
        socket.on('close', () => clearInterval(timer));
      },
      async (server, url) => {
        expect(await payAt(url, 300)).toEqual({ type: 'unknown', reason: 'no whole answer within 300 ms' });
        expect(server.requests).toHaveLength(1);
      },
    );
  });

  it('is unknown after an answer of 100 MB, of which no more than the sockets hold is taken', () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const total = 100 * 1024 * 1024;
    let written = 0;
    const pour = (socket: Socket): void => {
      while (written < total && !socket.destroyed) {
        written += chunk.length;
        if (!socket.write(chunk)) return void socket.once('drain', () => pour(socket));
      }
    };
    return withServer(
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
        pour(socket);
      },
      async (server, url) => {
        expect(await payAt(url)).toEqual({
          type: 'unknown',
          reason: 'the answer is larger than 1000000 bytes',
        });
        expect(written).toBeLessThan(total / 4);
        expect(server.requests).toHaveLength(1);
      },
    );
  });

  it('is unknown after a small answer that unpacks to 100 MB', () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    return withServer(
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
        socket.end(bomb);
      },
      async (_server, url) => {
        expect((await payAt(url)).type).toBe('unknown');
      },
    );
  });
});

describe('The connection of a pay', () => {
  it('is a fresh one each time: none is left over that the gateway may close under the next pay', () =>
    withServer(
      (socket) =>
        socket.write(answer(200, captured, { connection: 'keep-alive' }), () =>
          setImmediate(() => socket.destroy()),
        ),
      async (server, url) => {
        const gateway = gatewayAt(url);
        for (let time = 0; time < 50; time += 1) {
          expect((await gateway.pay(request))._unsafeUnwrap().type).toBe('captured');
        }
        expect(server.requests).toHaveLength(50);
        expect(server.connections()).toBe(50);
      },
    ));

  it('carries one pay, once, even when the gateway closes it as the pay arrives', () => {
    let arrived = 0;
    return withServer(
      (socket) => {
        arrived += 1;
        if (arrived % 2 === 1) socket.write(answer(200, captured, { connection: 'keep-alive' }));
        else socket.destroy();
      },
      async (server, url) => {
        const gateway = gatewayAt(url);
        const outcomes: string[] = [];
        for (let time = 0; time < 20; time += 1) {
          outcomes.push((await gateway.pay(request))._unsafeUnwrap().type);
        }
        expect(outcomes).toEqual(
          Array.from({ length: 20 }, (_, time) => (time % 2 === 0 ? 'captured' : 'unknown')),
        );
        expect(server.requests).toHaveLength(20);
      },
    );
  });

  it('goes to the path it was given, whatever the parts of the path hold', () =>
    withServer(
      (socket) => socket.end(answer(200, '{}')),
      async (server, url) => {
        const settings = { merchantId: 'MERCHANT-1', apiKey: 'sk_test_0123456789', apiUrl: url };
        const { connection, credentials: lookup } = prahsysAccount(settings)._unsafeUnwrap();
        const credentials = lookup(request.merchantId);
        if (credentials === null) throw new Error('no credentials');
        const path = ['session', '../pay?x=1#y', 'ü'];
        await new PrahsysClient(connection).send({ method: 'GET', path, credentials });
        expect(server.requests[0]?.split('\r\n')[0]).toBe(
          'GET /session/..%2Fpay%3Fx%3D1%23y/%C3%BC HTTP/1.1',
        );
      },
    ));

  it('says its length, so that no gateway has to understand chunks', () =>
    withServer(
      (socket) => socket.end(answer(200, captured)),
      async (server, url) => {
        await payAt(url);
        const [head = '', body = ''] = (server.requests[0] ?? '').split('\r\n\r\n');
        expect(head.toLowerCase()).toContain(`content-length: ${body.length}`);
        expect(head.toLowerCase()).not.toContain('transfer-encoding');
      },
    ));
});
