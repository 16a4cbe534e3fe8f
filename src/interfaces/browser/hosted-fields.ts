import { attempt } from './attempt.ts';
import { fieldErrorsFrom, type FieldErrors } from './field-errors.ts';
import { loadScript, styleCalls, type PaymentSession, type Style } from './gateway-script.ts';
import type { SessionView } from './payment-routes.ts';

/**
 * CSS selectors of the page's placeholder inputs; the gateway replaces each with a frame of its own. `expiryDate` (MM/YY), which
 * browsers fill in best, takes the place of month and year in the payment dialect; the order dialect does not know it.
 */
export type CardFields = Readonly<
  { number: string } & Partial<Record<'securityCode' | 'nameOnCard', string>> &
    (
      | (Record<'expiryMonth' | 'expiryYear', string> & { expiryDate?: never })
      | { expiryDate: string; expiryMonth?: never; expiryYear?: never }
    )
>;

/**
 * For the states of every field, in the words of both dialects. The gateway says what it lets through; in the payment dialect borders,
 * shadows and outlines show on the frame's element, the rest inside the frame.
 */
export interface FieldStyles {
  /** Payment dialect only. In the order dialect fields look as the page's own inputs do. */
  readonly default?: Style;
  readonly focus?: Style;
  readonly hover?: Style;
  /** A field that a submit found wrong, until the next submit. */
  readonly invalid?: Style;
  /** Payment dialect only: the other fields of such a submit. */
  readonly valid?: Style;
  readonly placeholder?: Style;
}

export type FrameEmbeddingMitigation = 'javascript' | 'csp' | 'x-frame-options';

export interface HostedFieldsOptions {
  readonly fields: CardFields;
  readonly styles: FieldStyles;
  readonly frameEmbeddingMitigation: readonly FrameEmbeddingMitigation[];
  /** Milliseconds for the script to load, and again for `initialized` to come. */
  readonly loadMs: number;
}

/**
 * What the fields said to one update: `ok`, `fields_in_error`, `request_timeout` or `system_error`. `silent`: they said nothing in time,
 * and what they say later is ignored.
 */
export interface FieldsUpdate {
  readonly status: string | undefined;
  readonly errors: FieldErrors;
}

export interface HostedFields {
  readonly sessionId: string;
  /** Sends the typed card into the pay session. One at a time. Never rejects. */
  update(timeoutMs: number): Promise<FieldsUpdate>;
  focus(field: string): void;
  /** Puts the page's inputs back. An update under way ends as `silent`. */
  detach(): void;
}

interface Callback {
  readonly status?: string;
  readonly session?: { readonly id?: string };
  readonly errors?: unknown;
}

/** Throws with the name of the field whose selector matches nothing. */
export function placeholdersOf(fields: CardFields): [name: string, element: HTMLElement][] {
  return Object.entries(fields).map(([name, selector]) => {
    const element = document.querySelector<HTMLElement>(selector);
    if (!element) throw new Error(`mountCheckout: fields.${name}: no element matches "${selector}"`);
    return [name, element];
  });
}

/**
 * Loads the session's script, hands the placeholders to the gateway and waits until it says that a card can be typed.
 * Rejects on anything else, with the page's inputs put back, so that it may be tried again. So does `leaving`, at once.
 */
export async function attachHostedFields(
  session: SessionView,
  options: HostedFieldsOptions,
  leaving: AbortSignal,
): Promise<HostedFields> {
  const { sessionId, dialect } = session;
  const { fields, loadMs, styles } = options;
  const roles = Object.keys(fields).map(roleOf);

  let pending: ((callback: Callback) => void) | undefined;
  const lent = new AbortController();
  const focus: Record<string, () => void> = {};
  const { loaded, unload } = loadScript(session);
  const detach = () => {
    pending?.({ status: 'silent' });
    lent.abort();
    unload();
  };
  leaving.addEventListener('abort', detach);

  try {
    const gateway = await within(loadMs, leaving, loaded);
    if (!gateway || !/^(order|payment)$/.test(dialect)) throw new Error(`no fields in dialect ${dialect}`);
    for (const [name, element] of placeholdersOf(fields))
      focus[name] = lend(name, element, gateway, lent.signal);
    const initialized = new Promise<Callback>((resolve) => {
      gateway.configure({
        session: dialect === 'order' ? { id: sessionId } : sessionId,
        fields: { card: fields },
        frameEmbeddingMitigation: options.frameEmbeddingMitigation,
        callbacks: {
          initialized: resolve,
          // A callback does not name its update: one for which nobody waits, or of another session, is ignored.
          formSessionUpdate: (callback: Callback = {}) => {
            if ((callback.session?.id ?? sessionId) === sessionId) pending?.(callback);
          },
        },
      });
    });
    const { status } = await within(loadMs, leaving, initialized);
    if (status !== 'ok') throw new Error(`hosted fields: ${status}`);
    applyStyles(gateway, roles, styles);

    return {
      sessionId,
      detach,
      focus: (name) => focus[name]?.(),
      update: (timeoutMs) =>
        new Promise((resolve) => {
          const timer = setTimeout(() => pending?.({ status: 'silent' }), timeoutMs);
          pending = (callback) => {
            pending = undefined;
            clearTimeout(timer);
            const { status } = callback;
            const errors = fieldErrorsFrom(callback.errors);
            if (styles.valid) markValid(gateway, roles, errors);
            resolve({ status, errors });
          };
          try {
            // The callback has the word. Today's promise says less, and resolves on errors of fields too.
            void Promise.resolve(gateway.updateSessionFromForm('card')).catch(() => undefined);
          } catch {
            pending?.({ status: 'system_error' });
          }
        }),
    };
  } catch (error) {
    detach();
    throw error;
  }
}

const roleOf = (name: string) => `card.${name}`;

/** Each call behind a feature test: one that is missing or fails costs its look and nothing else. */
function applyStyles(gateway: PaymentSession, roles: readonly string[], styles: FieldStyles): void {
  const { default: usual } = styles;
  if (usual) attempt(() => gateway.setStyle?.(roles, { default: usual }));
  for (const call of Object.keys(styleCalls) as (keyof typeof styleCalls)[]) {
    const style = styles[styleCalls[call]];
    if (style) attempt(() => gateway[call]?.(roles, style));
  }
}

/** The gateway marks what is wrong by itself, and takes every mark away with the next submit. */
function markValid(gateway: PaymentSession, roles: readonly string[], errors: FieldErrors): void {
  const wrong = Object.keys(errors).map(roleOf);
  const valid = roles.filter((role) => !wrong.includes(role));
  if (wrong.length) attempt(() => gateway.setFieldState?.(valid, 'valid'));
}

/**
 * Lends one placeholder to the gateway, until `returned`; answers how its field is focused. It never holds or posts a card: it is read-only
 * and nameless, and a click on its label goes to the frame.
 */
function lend(
  name: string,
  element: HTMLElement,
  gateway: PaymentSession,
  returned: AbortSignal,
): () => void {
  element.removeAttribute('name');
  element.setAttribute('readonly', '');
  const original = element.cloneNode(true);
  const before = document.createComment('');
  const after = document.createComment('');
  element.before(before);
  element.after(after);
  // Today's script has no setFocus; a frame can be focused from outside.
  const focus = () =>
    attempt(() =>
      gateway.setFocus
        ? gateway.setFocus(roleOf(name))
        : (before.nextElementSibling as HTMLElement | null)?.focus(),
    );
  for (const label of (element as HTMLInputElement).labels ?? [])
    label.addEventListener('click', focus, { signal: returned });
  returned.addEventListener('abort', () => {
    // Whatever was put in its place.
    while (before.nextSibling && before.nextSibling !== after) before.nextSibling.remove();
    before.replaceWith(original);
    after.remove();
  });
  return focus;
}

function within<T>(timeoutMs: number, leaving: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    setTimeout(reject, timeoutMs, new Error('too late'));
    leaving.addEventListener('abort', reject);
    work.then(resolve, reject);
  });
}
