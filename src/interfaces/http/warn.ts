import { scrub } from '../../domain/payment/card-digits.ts';

const describe = (error: unknown): string => {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return typeof error === 'object' ? JSON.stringify(error) : String(error);
};

/** One line on the process's standard error, without card numbers. A host that wants the stack listens with `onError`. */
export const warn = (error: unknown, request: Request): void => {
  const { pathname } = new URL(request.url);
  const line = `${request.method} ${pathname}: ${describe(error)}`.replace(/\p{Cc}+/gu, ' ');
  process.emitWarning(scrub(line).slice(0, 1000), 'PaysessionHttp');
};
