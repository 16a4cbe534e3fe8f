import type { ErrorRequestHandler, RequestHandler } from 'express';
import { messagePage } from './pages/message.ts';

/** A refusal with its status code, for the client; thrown by a route, told by `answerProblems`. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** The part of the request that is wrong, such as `items[0].quantity`. */
  readonly field: string | undefined;

  constructor(status: number, code: string, detail: string, field?: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** What is wrong with a field of a form, in words for the person who filled it in. */
export const badEntry = (field: string, sentence: string): Problem =>
  new Problem(400, 'invalid-request', sentence, field);

export const badField = (field: string, detail: string): Problem =>
  new Problem(400, 'invalid-request', `${field} ${detail}`, field);

/** The same for an order that is not there and for one that is somebody else's. */
export const notFound = (): Problem => new Problem(404, 'not-found', 'There is nothing here for you.');

/** Something that the shop needs is away; it comes back by itself. */
export const unavailable = (): Problem =>
  new Problem(503, 'unavailable', 'The shop cannot read its orders right now. Please try again soon.');

export const refuseUnknownPaths: RequestHandler = () => {
  throw notFound();
};

const bodyProblems: Readonly<Record<string, Problem>> = {
  'entity.parse.failed': new Problem(400, 'malformed-json', 'The body is not JSON.'),
  'entity.too.large': new Problem(413, 'too-large', 'The body is larger than 64 KB.'),
};

/** Says what is wrong to programs as RFC 9457, to people as a page. What was not foreseen is logged and not told. */
export const answerProblems: ErrorRequestHandler = (error: unknown, request, response, _next) => {
  const problem = problemFrom(error);
  if (problem.status === 500) console.error(error);
  const { status, code, message: detail, field } = problem;
  response.status(status);
  if (status === 503) response.set('Retry-After', String(retrySeconds));
  if (forPrograms.test(request.path)) {
    const title = titles[code] ?? 'This request cannot be answered';
    response.type('application/problem+json');
    response.send(JSON.stringify({ type: `urn:shop:${code}`, title, status, code, detail, field }));
    return;
  }
  const isReading = request.method === 'GET' && /^\/\w/.test(request.originalUrl);
  const again = status === 503 && isReading ? request.originalUrl : null;
  // Who was just charged comes to such a page too: it looks again by itself, until it can say so.
  const mayHavePaid = again !== null && ofAnOrder.test(request.path);
  if (mayHavePaid) response.set('Refresh', String(retrySeconds));
  response.send(messagePage(response.locals, { status, message: detail, again, mayHavePaid }));
};

const retrySeconds = 5;
const ofAnOrder = /^\/(orders|checkout)\//;

/** The same for each problem of a kind, as RFC 9457 wants it. */
const titles: Readonly<Record<string, string>> = {
  'invalid-request': 'The request is not valid',
  'malformed-json': 'The body is not JSON',
  'too-large': 'The body is too large',
  'unsupported-media-type': 'The body is not declared as JSON',
  'foreign-origin': 'The request comes from another site',
  'not-found': 'There is nothing here',
  'not-changeable': 'The order can no longer be changed',
  unavailable: 'The shop is out of order for a moment',
  internal: 'Something went wrong in the shop',
};

const forPrograms = /^\/(api|payments)\//;

const problemFrom = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  const { type, status } = error as { type?: string; status?: number };
  const known = type === undefined ? undefined : bodyProblems[type];
  if (known !== undefined) return known;
  return status !== undefined && status >= 400 && status < 500
    ? new Problem(status, 'invalid-request', 'This request cannot be understood.')
    : new Problem(500, 'internal', 'Something went wrong here. Please try again.');
};
