import { attempt } from './attempt.ts';
import { fieldErrorsFrom, type FieldErrors } from './field-errors.ts';
import type { SessionView } from './payment-routes.ts';

/** CSS selectors of the page's placeholder inputs; the gateway replaces each with a frame of its own. */
export type CardFields = Readonly<
  Record<'number' | 'expiryMonth' | 'expiryYear', string> &
    Partial<Record<'securityCode' | 'nameOnCard', string>>
>;

type Style = Readonly<Record<string, string>>;

/** Flat objects of camelCase CSS properties, for the states of every field. */
export interface FieldStyles {
  readonly focus?: Style;
  readonly hover?: Style;
  readonly invalid?: Style;
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

/** What the fields said to one update. `silent`: nothing in time, so a later word belongs to nobody. */
export type FieldsUpdate =
  | { readonly status: 'ok' | 'request_timeout' | 'system_error' | 'silent' }
  | { readonly status: 'fields_in_error'; readonly errors: FieldErrors };

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

/**
 * The gateway's styling calls and the state that each is for. `setInvalidHoverStyle` is the seed's and known to no library that
 * was seen; the others vary, so all are tried (gateway.md 3.5, 3.6).
 */
const styleCalls = {
  setFocusStyle: 'focus',
  setHoverStyle: 'hover',
  setInvalidStyle: 'invalid',
  setInvalidHoverStyle: 'invalid',
  setPlaceholderStyle: 'placeholder',
} as const;

/** The part of the gateway's `window.PaymentSession` that we call (gateway.md 3.2, 3.5). Only two calls are certain. */
type PaymentSession = {
  configure(options: object): void;
  updateSessionFromForm(type: 'card'): void;
  setFocus?(role: string): void;
} & { readonly [call in keyof typeof styleCalls]?: (roles: readonly string[], style: Style) => void };

const library = () => (window as { PaymentSession?: PaymentSession }).PaymentSession;

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
 * Rejects on anything else, with the page's inputs put back, so that it may be tried again.
 */
export async function attachHostedFields(
  session: SessionView,
  options: HostedFieldsOptions,
): Promise<HostedFields> {
  await loadScript(session.scriptUrl, options.loadMs);
  const gateway = library();
  // The payment dialect has another script per session and takes the id as text: its place is here.
  if (!gateway || session.dialect !== 'order') throw new Error(`no fields in dialect ${session.dialect}`);

  let pending: ((callback: Callback) => void) | undefined;
  const focus = (field: string) => attempt(() => gateway.setFocus?.(`card.${field}`));
  const putBack = placeholdersOf(options.fields).map(([name, element]) => lend(element, () => focus(name)));
  const detach = () => {
    pending?.({ status: 'silent' });
    for (const restore of putBack.splice(0)) restore();
  };

  try {
    const initialized = new Promise<Callback>((resolve) => {
      gateway.configure({
        session: { id: session.sessionId },
        fields: { card: options.fields },
        frameEmbeddingMitigation: options.frameEmbeddingMitigation,
        callbacks: {
          initialized: resolve,
          // A callback carries no correlation id (T3). Nobody waits: it is ignored. Another session's: likewise.
          formSessionUpdate: (callback: Callback = {}) => {
            if ((callback.session?.id ?? session.sessionId) === session.sessionId) pending?.(callback);
          },
        },
      });
    });
    const { status } = await within(options.loadMs, initialized);
    if (status !== 'ok') throw new Error(`hosted fields: ${status}`);
  } catch (error) {
    detach();
    throw error;
  }

  applyStyles(gateway, options);
  return {
    sessionId: session.sessionId,
    detach,
    focus,
    update: (timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => pending?.({ status: 'silent' }), timeoutMs);
        pending = (callback) => {
          pending = undefined;
          clearTimeout(timer);
          resolve(updateFrom(callback));
        };
        try {
          gateway.updateSessionFromForm('card');
        } catch {
          pending?.({ status: 'system_error' });
        }
      }),
  };
}

function updateFrom({ status, errors }: Callback): FieldsUpdate {
  if (status === 'fields_in_error') return { status, errors: fieldErrorsFrom(errors) };
  if (status === 'ok' || status === 'request_timeout' || status === 'silent') return { status };
  return { status: 'system_error' };
}

/** Each call behind a feature test: one that is missing or fails costs its look and nothing else (gateway.md 7, row 18). */
function applyStyles(gateway: PaymentSession, { fields, styles }: HostedFieldsOptions): void {
  const roles = Object.keys(fields).map((name) => `card.${name}`);
  for (const call of Object.keys(styleCalls) as (keyof typeof styleCalls)[]) {
    const style = styles[styleCalls[call]];
    if (style) attempt(() => gateway[call]?.(roles, style));
  }
}

/**
 * Lends one placeholder to the gateway. The answer takes it back, whatever was put in its place. A placeholder never
 * holds or posts a card: it is read-only and nameless (gateway.md 3.2), and a click on its label goes to the frame.
 */
function lend(element: HTMLElement, focus: () => void): () => void {
  element.removeAttribute('name');
  element.setAttribute('readonly', '');
  const original = element.cloneNode(true);
  const before = document.createComment('');
  const after = document.createComment('');
  element.before(before);
  element.after(after);
  const labels = [...((element as HTMLInputElement).labels ?? [])];
  for (const label of labels) label.addEventListener('click', focus);

  return () => {
    for (const label of labels) label.removeEventListener('click', focus);
    while (before.nextSibling && before.nextSibling !== after) before.nextSibling.remove();
    before.replaceWith(original);
    after.remove();
  };
}

async function loadScript(url: string, timeoutMs: number): Promise<void> {
  const script = document.createElement('script');
  script.src = url;
  // The order dialect has one script for all sessions: once it runs, it is configured again, not loaded again.
  if (library() && [...document.scripts].some(({ src }) => src === script.src)) return;
  const loaded = new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${url} did not load`));
  });
  document.head.append(script);
  try {
    await within(timeoutMs, loaded);
  } catch (error) {
    script.remove();
    throw error;
  }
}

function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
