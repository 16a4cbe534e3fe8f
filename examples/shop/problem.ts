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
  if (forPrograms.test(request.path)) {
    response.type('application/problem+json');
    response.send(JSON.stringify({ type: `urn:shop:${code}`, title: code, status, code, detail, field }));
  } else response.send(messagePage(status, detail, response.locals));
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
