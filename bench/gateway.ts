// The gateway of the benchmark: a process of its own that gives Prahsys's answers to opening and paying a session at once.
import { createServer } from 'node:http';
import { price } from './plan.ts';

let number = 0;

const opened = (): object => ({
  success: true,
  message: 'Session created',
  data: { id: `session-${number}`, interaction: { successIndicator: `indicator-${number}` } },
});
const captured = (orderId: string): object => ({
  success: true,
  message: 'Payment processed',
  data: {
    id: `transaction-${number}`,
    result: 'SUCCESS',
    requestedAmount: price.amount,
    currency: price.currency,
    order: { id: orderId, ...price, status: 'CAPTURED', result: 'SUCCESS' },
    response: { gatewayCode: 'APPROVED' },
    createdAt: '2026-01-05T12:00:00+00:00',
  },
});

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    number += 1;
    const [, orderId] = /\/order\/([^/]+)\/pay$/.exec(request.url ?? '') ?? [];
    const answer = JSON.stringify(orderId === undefined ? opened() : captured(orderId));
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  });
});
server.keepAliveTimeout = 600_000; // longer than a pause between two rounds

process.on('message', () => process.send?.(number)); // how many calls there were
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
