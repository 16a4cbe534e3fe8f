import type { SessionView } from './payment-routes.ts';

/** A flat object of camelCase CSS properties. */
export type Style = Readonly<Record<string, string>>;

/**
 * The gateway's styling calls and the state that each is for. No dialect has them all, and `setInvalidHoverStyle` is documented, and
 * known to no library that was seen: so all are tried.
 */
export const styleCalls = {
  setFocusStyle: 'focus',
  setHoverStyle: 'hover',
  setInvalidStyle: 'invalid',
  setInvalidHoverStyle: 'invalid',
  setErrorStyle: 'invalid',
  setValidStyle: 'valid',
  setPlaceholderStyle: 'placeholder',
} as const;

/** The part of the gateway's `window.PaymentSession` that we call. Only two calls are certain. */
export type PaymentSession = {
  configure(options: object): void;
  updateSessionFromForm(type: 'card'): unknown;
  setFocus?(role: string): void;
  setStyle?(roles: readonly string[], styles: { readonly default: Style }): void;
  setFieldState?(roles: readonly string[], state: 'valid'): void;
} & { readonly [call in keyof typeof styleCalls]?: (roles: readonly string[], style: Style) => void };

const page = () => window as { PaymentSession?: PaymentSession };

/**
 * Adds the session's script to the page. The order dialect has one for all sessions: once it runs, it is configured again, not loaded
 * again. The payment dialect has one per session: `unload` takes it off, so that the next is not taken for it.
 */
export function loadScript({ scriptUrl, dialect }: SessionView): {
  readonly loaded: Promise<PaymentSession | undefined>;
  readonly unload: () => void;
} {
  const script = document.createElement('script');
  script.src = scriptUrl;
  const isShared = dialect === 'order';
  let library = [...document.scripts].some(({ src }) => isShared && src === script.src)
    ? page().PaymentSession
    : undefined;
  return {
    loaded: new Promise((resolve, reject) => {
      if (library) return resolve(library);
      // At once: another script may replace the global later.
      script.onload = () => resolve((library = page().PaymentSession));
      script.onerror = () => reject(new Error(`${scriptUrl} did not load`));
      document.head.append(script);
    }),
    unload: () => {
      if (isShared && library) return;
      script.remove();
      if (library === page().PaymentSession) delete page().PaymentSession;
    },
  };
}
