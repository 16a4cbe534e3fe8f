import { browserScript } from './browser-script.ts';
import { configurationProblem, type FormOptions, type FormUpdate } from './form-options.ts';
import { formParts } from './form-parts.ts';
import { HostedForm, type Face, type Listener, type StyleCall } from './hosted-form.ts';
import type { FieldCheck, FieldEvent, Styles, StyleState } from './messages.ts';
import { orderRoles, rolesNamed, roleTraits } from './roles.ts';

/** Text of session.js, the script of the order dialect: a classic script that defines `window.PaymentSession`. */
export function sessionScript(): string {
  return browserScript(
    { roles: orderRoles, roleTraits },
    [PaymentSession, shaped, ...formParts],
    "window.PaymentSession = new PaymentSession(new URL('.', document.currentScript.src));",
  );
}

/** What one scope (a named card form, usually the only one) has been told, before and after its `configure`. */
type Scope = { readonly styles: StyleCall[]; readonly listeners: Listener[]; form?: HostedForm };

/**
 * The object `window.PaymentSession`. A last argument `scope` names one of several card forms on a page. Styles and listeners may be set
 * before `configure`; they are kept for it.
 */
class PaymentSession {
  readonly setFocusStyle = this.styling('setFocusStyle', 'focus');
  readonly setHoverStyle = this.styling('setHoverStyle', 'hover');
  readonly setPlaceholderStyle = this.styling('setPlaceholderStyle', 'placeholder');
  readonly setPlaceholderShownStyle = this.styling('setPlaceholderShownStyle', 'placeholderShown');
  readonly setInvalidStyle = this.styling('setInvalidStyle', 'invalid');
  readonly setInvalidHoverStyle = this.styling('setInvalidHoverStyle', 'invalidHover');
  readonly onFocus = this.listening('onFocus', 'focus', () => undefined);
  readonly onBlur = this.listening('onBlur', 'blur', () => undefined);
  readonly onChange = this.listening('onChange', 'change', () => undefined);
  readonly onMouseOver = this.listening('onMouseOver', 'mouseover', () => undefined);
  readonly onMouseOut = this.listening('onMouseOut', 'mouseout', () => undefined);
  readonly onEmptinessChange = this.listening('onEmptinessChange', 'input', ({ isEmpty }) => ({ isEmpty }));
  readonly onValidityChange = this.listening(
    'onValidityChange',
    'input',
    ({ isEmpty: _, ...validity }) => validity,
  );

  private readonly face: Face = {
    bordersOutside: false,
    late: 'request_timeout',
    initialized: (outcome) => outcome,
    updated: (update, session) => shaped({ session: { id: session }, version: '100', ...update }),
  };
  private readonly base: URL;
  private readonly scopes = new Map<string, Scope>();

  /** `base` is the folder of the script: everything else is loaded from there. */
  constructor(base: URL) {
    this.base = base;
  }

  configure(options: FormOptions, scopeName?: string): void {
    const scope = this.scope(scopeName);
    scope.form?.close();
    delete scope.form;
    try {
      const problem = configurationProblem(options);
      if (problem !== undefined) throw new Error(problem);
      const session = typeof options.session === 'object' ? options.session.id : String(options.session);
      scope.form = new HostedForm(this.face, this.base, session, options, scope.styles, scope.listeners);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.error(`PaymentSession.configure: ${message}`);
      const notify = options?.callbacks?.initialized;
      if (notify) queueMicrotask(() => notify({ status: 'system_error', message }));
    }
  }

  updateSessionFromForm(type: string, _localBrand?: string, scopeName?: string): void {
    const { form } = this.scope(scopeName);
    if (!form) return console.error('PaymentSession.updateSessionFromForm: configure first.');
    void form.update(type === 'card' ? undefined : `updateSessionFromForm takes 'card', not '${type}'.`);
  }

  /** The browser's own checks only: `formSessionUpdate` has the last word. */
  validate(type: string, notify: (result: object) => void, scopeName?: string): void {
    const { form } = this.scope(scopeName);
    if (!form || type !== 'card')
      return console.error("PaymentSession.validate: configure, then validate 'card'.");
    void form.check().then((checks) => {
      const isValid = Object.values(checks).every((check) => check.isValid);
      queueMicrotask(() => notify({ card: { isValid, ...checks } }));
    });
  }

  setFocus(role: string, scopeName?: string): void {
    this.scope(scopeName).form?.focus(role);
  }

  private scope(name = ''): Scope {
    const scope = this.scopes.get(name) ?? { styles: [], listeners: [] };
    this.scopes.set(name, scope);
    return scope;
  }

  private styling(method: string, state: StyleState) {
    return (names: readonly string[], styles: Styles, scopeName?: string): void => {
      const call = { roles: rolesNamed(method, names), state, styles };
      const scope = this.scope(scopeName);
      scope.styles.push(call);
      scope.form?.restyle(call);
    };
  }

  private listening<Detail>(method: string, event: FieldEvent, detail: (check: FieldCheck) => Detail) {
    type Notify = (selector: string, detail: Detail, role: string) => void;
    return (names: readonly string[], notify: Notify, scopeName?: string): void => {
      const heard = (selector: string, check: FieldCheck, role: string): void =>
        notify(selector, detail(check), role);
      this.scope(scopeName).listeners.push({ roles: rolesNamed(method, names), event, notify: heard });
    };
  }
}

/**
 * `errors` as the setting `errorsShape` asks. Older pages call `errors.join()`, the gateway's own library gives an
 * object: "hybrid" is that object with a `join` that no loop over it sees.
 */
function shaped({ errorsShape, ...update }: FormUpdate): object {
  const { errors } = update;
  if (!errors || errorsShape === 'mpgs') return update;
  const list = Object.entries(errors).map(([name, problem]) => `${name} ${problem}`);
  if (errorsShape === 'array') return { ...update, errors: list };
  const join = (separator?: string): string => list.join(separator);
  return { ...update, errors: Object.defineProperty({ ...errors }, 'join', { value: join }) };
}
