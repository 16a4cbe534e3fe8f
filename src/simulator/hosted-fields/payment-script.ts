import { browserScript } from './browser-script.ts';
import { configurationProblem, type FormOptions } from './form-options.ts';
import { formParts } from './form-parts.ts';
import { HostedForm, type Face, type StyleCall } from './hosted-form.ts';
import type { FieldState, Styles, StyleState } from './messages.ts';
import { roles, rolesNamed, roleTraits } from './roles.ts';

/** Text of script.js, the payment dialect's script of one session: a classic script that defines `window.PaymentSession`. */
export function paymentScript(session: string): string {
  return browserScript(
    { roles, roleTraits, session },
    [PaymentSession, ...formParts],
    "window.PaymentSession = new PaymentSession(new URL('.', document.currentScript.src), session);",
  );
}

type StyleSets = {
  readonly [name in 'default' | 'hover' | 'focus' | 'error' | 'valid' | 'placeholder']?: Styles;
};

/** The object `window.PaymentSession`: one form for one session. What is set before `configure` is kept for it. */
class PaymentSession {
  private readonly face: Face = {
    bordersOutside: true,
    late: 'system_error',
    initialized: ({ status, message }) => (status === 'ok' ? { status } : { status: 'error', message }),
    // Why a system error is one is said by the rejected promise only.
    updated: ({ status, session, errors }) =>
      status === 'fields_in_error' ? { status, errors } : { status, ...(session && { session }) },
  };
  private readonly base: URL;
  private readonly session: string;
  private readonly styles: StyleCall[] = [];
  private form: HostedForm | undefined;

  /** `base` is the folder of the script: everything else is loaded from there. */
  constructor(base: URL, session: string) {
    this.base = base;
    this.session = session;
    this.setStyle(
      roles.map((role) => `card.${role}`),
      { focus: { outline: '2px solid #1a5fb4' }, error: { borderColor: '#b3261e' } },
    );
  }

  configure(options: FormOptions): void {
    this.form?.close();
    this.form = undefined;
    try {
      const problem = configurationProblem(options, this.session);
      if (problem !== undefined) throw new Error(problem);
      this.form = new HostedForm(this.face, this.base, this.session, options, this.styles);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.error(`PaymentSession.configure: ${message}`);
      const notify = options?.callbacks?.initialized;
      if (notify) queueMicrotask(() => notify({ status: 'error', message }));
    }
  }

  /** Resolves when the card is in the session and also when fields are in error; rejects on a system error. */
  async updateSessionFromForm(type: string): Promise<void> {
    if (!this.form) throw new Error('PaymentSession.updateSessionFromForm: configure first.');
    const problem = type === 'card' ? undefined : `updateSessionFromForm takes 'card', not '${type}'.`;
    const { status, errors } = await this.form.update(problem);
    if (status !== 'ok' && status !== 'fields_in_error') throw new Error(errors?.['message'] ?? status);
  }

  setStyle(names: readonly string[], sets: StyleSets): void {
    const { default: look, error: invalid, ...others } = sets;
    const known = rolesNamed('setStyle', names);
    for (const [state, styles] of Object.entries({ look, ...others, invalid })) {
      if (!styles) continue;
      const call = { roles: known, state: state as StyleState, styles };
      this.styles.push(call);
      this.form?.restyle(call);
    }
  }

  setHoverStyle(names: readonly string[], hover: Styles): void {
    this.setStyle(names, { hover });
  }

  setFocusStyle(names: readonly string[], focus: Styles): void {
    this.setStyle(names, { focus });
  }

  setPlaceholderStyle(names: readonly string[], placeholder: Styles): void {
    this.setStyle(names, { placeholder });
  }

  setErrorStyle(names: readonly string[], error: Styles): void {
    this.setStyle(names, { error });
  }

  setValidStyle(names: readonly string[], valid: Styles): void {
    this.setStyle(names, { valid });
  }

  /** Until the card is sent again: then every state is cleared. */
  setFieldState(names: readonly string[], state: FieldState): void {
    this.form?.mark(rolesNamed('setFieldState', names), state);
  }
}
