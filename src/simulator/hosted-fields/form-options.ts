import { roles, type Role } from './roles.ts';

/** The options of `PaymentSession.configure`. */
export type FormOptions = {
  readonly session?: string | { readonly id: string };
  readonly fields: { readonly card: { readonly [role in Role]?: string } };
  readonly frameEmbeddingMitigation?: readonly string[];
  readonly callbacks?: {
    readonly initialized?: (response: { readonly status: string; readonly message?: string }) => void;
    readonly formSessionUpdate?: (response: object) => void;
  };
};

/** A `formSessionUpdate` response as the server writes it: `errors` by field, or one `message`. */
export type FormUpdate = {
  readonly status: string;
  readonly merchant?: string;
  readonly session?: object;
  readonly sourceOfFunds?: object;
  readonly version?: string;
  readonly errors?: Readonly<Record<string, string>>;
  readonly errorsShape?: 'hybrid' | 'mpgs' | 'array';
};

/**
 * What is wrong with the options, as a sentence for the developer of the page; undefined when they can be used. `ownSession` is the
 * session of a script that serves this one only; such a script is of the payment dialect, whose options are fewer.
 */
export function configurationProblem(options: FormOptions, ownSession?: string): string | undefined {
  const session: unknown = typeof options?.session === 'object' ? options.session?.id : options?.session;
  if (ownSession !== undefined && (options?.session ?? ownSession) !== ownSession)
    return 'session must be the id in the address of this script, or be left out.';
  if (ownSession === undefined && (typeof session !== 'string' || session === ''))
    return 'configure needs session: an id, or { id }.';
  const card = options?.fields?.card ?? {};
  const unknown = Object.keys(card).filter((name) => !roles.some((role) => role === name));
  if (unknown.length > 0) return `fields.card does not know ${unknown.join(', ')}.`;
  if (Object.keys(card).length === 0) return 'configure needs fields.card with at least one selector.';
  if (!card.expiryMonth !== !card.expiryYear) return 'fields.card needs expiryMonth and expiryYear together.';
  if (card.expiryDate && card.expiryMonth)
    return 'fields.card takes expiryDate, or expiryMonth and expiryYear.';
  const known = ['javascript', 'x-frame-options', 'csp'];
  const mitigation: unknown = options.frameEmbeddingMitigation ?? (ownSession && ['csp']);
  if (
    !Array.isArray(mitigation) ||
    mitigation.length === 0 ||
    !mitigation.every((one) => known.includes(one))
  ) {
    return `configure needs frameEmbeddingMitigation: one or more of ${known.join(', ')}.`;
  }
  if (!/^https?:/.test(location.origin)) return 'Hosted fields need a page served over http or https.';
  if (mitigation.includes('javascript') && window.top !== window.self) {
    return 'The page is shown inside a frame, which frameEmbeddingMitigation "javascript" does not allow.';
  }
  return undefined;
}
