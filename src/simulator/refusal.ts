import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** A call that the API refuses with its envelope `{success: false, message, errors?}`; nothing was done. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly errors: Readonly<Record<string, readonly string[]>> | undefined;

  constructor(status: ContentfulStatusCode, message: string, errors?: Refusal['errors']) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** The refusal of fields that are wrong: the first sentence, and how many more there are. */
export function invalid(
  status: ContentfulStatusCode,
  errors: Readonly<Record<string, readonly string[]>>,
): Refusal {
  const sentences = Object.entries(errors).flatMap(([field, found]) =>
    found.map((what) => `The ${field} ${what}`),
  );
  const others = sentences.length - 1;
  const more = others > 1 ? ` (and ${others} other errors)` : others === 1 ? ' (and one other error)' : '';
  return new Refusal(status, `${sentences[0]}${more}`, errors);
}
