import { findElement, replaceByFrame, restoreElement, setupLike, type FormElement } from './appearance.ts';
import type { FormOptions, FormUpdate } from './form-options.ts';
import type {
  FieldCheck,
  FieldEvent,
  FieldSetup,
  FieldState,
  FrameMessage,
  FrameRequest,
  Styles,
  StyleState,
} from './messages.ts';
import { roles, type Role } from './roles.ts';
import { applyStyles, styleRules, type StateRules } from './style-rules.ts';

/** In what the scripts of the two dialects differ towards the page. */
export type Face = {
  /** Borders, shadows and outlines show on the frame's element, the rest inside the frame. */
  readonly bordersOutside: boolean;
  /** The status of what the fields did not do in time. */
  readonly late: string;
  /** What the callbacks hear. */
  initialized(outcome: Initialized): Initialized;
  updated(update: FormUpdate, session: string): object;
};

export type Initialized = { readonly status: string; readonly message?: string };

export type StyleCall = {
  readonly roles: readonly Role[];
  readonly state: StyleState;
  readonly styles: Styles;
};

export type Listener = {
  readonly roles: readonly Role[];
  readonly event: FieldEvent;
  readonly notify: (selector: string, check: FieldCheck, role: string) => void;
};

type Field = {
  readonly role: Role;
  readonly selector: string;
  readonly frame: HTMLIFrameElement;
  readonly setup: FieldSetup;
  /** The looks of the frame's own element. */
  readonly outside: StateRules;
  /** Settles when the frame has first loaded and knows what it stands for. */
  readonly ready: Promise<unknown>;
  readonly onLoaded: (setUp: Promise<unknown>) => void;
};

/**
 * One configured form: the frames that stand for the merchant's elements, and the conversation with them. It never holds a value that
 * the payer typed: each frame sends its own to the server.
 */
export class HostedForm {
  /** How long frames may take to load, and an update to be answered, in milliseconds. */
  static readonly patienceMs = 15_000;

  private readonly face: Face;
  private readonly options: FormOptions;
  private readonly session: string;
  private readonly base: URL;
  private readonly styles: readonly StyleCall[];
  private readonly listeners: readonly Listener[];
  private readonly page: string;
  private readonly fields: readonly Field[];
  private readonly replies = new Map<number, (reply: never) => void>();
  private lastId = 0;
  private lastBatch = 0;
  private updates: Promise<unknown> = Promise.resolve();
  private state: 'loading' | 'ready' | 'closed' = 'loading';

  constructor(
    face: Face,
    base: URL,
    session: string,
    options: FormOptions,
    styles: readonly StyleCall[],
    listeners: readonly Listener[] = [],
  ) {
    this.face = face;
    this.base = base;
    this.session = session;
    this.options = options;
    this.styles = styles;
    this.listeners = listeners;
    this.page = [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
    const { card } = options.fields;
    const found = roles.flatMap((role) => {
      const selector = card[role];
      return selector ? [{ role, selector, element: findElement(selector) }] : [];
    });
    window.addEventListener('message', this.receive);
    this.fields = found.map(({ role, selector, element }) => this.attach(role, selector, element));
    void this.initialize();
  }

  /** Gives the page its own elements back; nothing more is reported. */
  close(): void {
    this.state = 'closed';
    window.removeEventListener('message', this.receive);
    for (const { frame } of this.fields) restoreElement(frame);
  }

  /** Updates run one after the other, and each is reported; one that was asked for wrongly is reported as such. */
  update(problem?: string): Promise<FormUpdate> {
    const late = {
      status: this.face.late,
      errors: { message: 'The hosted fields did not answer in time.' },
    };
    const update = this.updates.then(async () => {
      const result = problem ? failed(problem) : await Promise.race([this.sendCard(), this.after(late)]);
      this.report(result);
      return result;
    });
    this.updates = update;
    return update;
  }

  async check(): Promise<Record<string, FieldCheck & { readonly selector: string }>> {
    const checks = this.fields.map(async (field) => {
      const check = await this.ask<FieldCheck>(field, { type: 'check' });
      return [field.role, { ...check, selector: field.selector }] as const;
    });
    return Object.fromEntries(await Promise.all(checks));
  }

  focus(role: string): void {
    const field = this.fields.find((one) => `card.${one.role}` === role);
    if (!field) return console.error(`PaymentSession.setFocus: there is no field ${role}.`);
    field.frame.focus();
    void field.ready.then(() => this.ask(field, { type: 'focus' }));
  }

  restyle({ roles: styled, state, styles }: StyleCall): void {
    for (const field of this.fields) {
      if (!styled.includes(field.role)) continue;
      const inside = this.styleOutside(field.outside, state, styles);
      void field.ready.then(() => this.ask(field, { type: 'style', state, styles: inside }));
    }
  }

  /** Shows fields in a state until their values are sent again. */
  mark(marked: readonly Role[], state: FieldState): void {
    for (const field of this.fields) {
      if (!marked.includes(field.role)) continue;
      field.frame.dataset['state'] = state ?? '';
      void field.ready.then(() => this.ask(field, { type: 'mark', state }));
    }
  }

  private attach(role: Role, selector: string, element: FormElement): Field {
    let onLoaded: Field['onLoaded'] = () => undefined;
    const ready = new Promise<unknown>((resolve) => (onLoaded = resolve));
    const address = new URL(`role/${role}/inputField.do`, this.base);
    address.searchParams.set('origin', location.origin);
    address.searchParams.set('page', this.page);
    // With "javascript" the page is on top; otherwise its own headers decide who may show it, and the frames follow.
    const above = location.ancestorOrigins ?? [];
    for (const origin of above) address.searchParams.append('ancestor', origin);
    const setup = setupLike(element, role);
    const frame = replaceByFrame(element, role, address.href, this.face.bordersOutside);
    frame.dataset['form'] = this.page;
    // Focus inside a frame is not :focus of the frame.
    const ofFrame = `iframe.gw-proxy-${role}[data-form="${this.page}"]`;
    const outside = this.face.bordersOutside ? styleRules(ofFrame, '[data-focused]') : new Map();
    const field = { role, selector, frame, setup, outside, ready, onLoaded };
    // Its borders are there before the frame has come.
    this.stylesInside(field);
    return field;
  }

  private setUp(field: Field): Promise<unknown> {
    return this.ask(field, { type: 'setup', setup: { ...field.setup, styles: this.stylesInside(field) } });
  }

  private stylesInside({ setup, role, outside }: Field): FieldSetup['styles'] {
    const calls = this.styles.filter((call) => call.roles.includes(role));
    return [...setup.styles, ...calls].map(({ state, styles }) => ({
      state,
      styles: this.styleOutside(outside, state, styles),
    }));
  }

  /** Puts what belongs there on the frame's element. The answer is the rest, for the inside. */
  private styleOutside(outside: StateRules, state: StyleState, styles: Styles): Styles {
    if (!this.face.bordersOutside) return styles;
    const [ofFrame = {}, inside = {}] = [true, false].map((wanted) =>
      Object.fromEntries(
        Object.entries(styles).filter(([name]) => /^(border|boxShadow$|outline)/.test(name) === wanted),
      ),
    );
    applyStyles(outside, state, ofFrame, 'important');
    return state === 'look' ? { border: 'none', outline: 'none', ...inside } : inside;
  }

  private async initialize(): Promise<void> {
    const late = { status: this.face.late, message: 'The hosted fields did not load in time.' };
    const outcome = await Promise.race([this.open(), this.after(late)]);
    if (this.state === 'closed') return;
    if (outcome.status === 'ok') this.state = 'ready';
    else console.error(`PaymentSession.configure: ${outcome.message ?? outcome.status}`);
    const notify = this.options.callbacks?.initialized;
    if (notify) queueMicrotask(() => notify(this.face.initialized(outcome)));
  }

  private async open(): Promise<Initialized> {
    await Promise.all(this.fields.map((field) => field.ready));
    const { session } = this;
    const { status, errors } = await this.ask<FormUpdate>(this.first(), { type: 'open', session });
    return { status, ...errors };
  }

  private async sendCard(): Promise<FormUpdate> {
    if (this.state !== 'ready') return failed('The hosted fields are not initialized.');
    const batch = (this.lastBatch += 1);
    const { session } = this;
    for (const { frame } of this.fields) frame.dataset['state'] = '';
    const staged = await Promise.all(
      this.fields.map((field) => this.ask<FormUpdate>(field, { type: 'stage', session, batch })),
    );
    const refused = staged.find(({ status }) => status !== 'ok');
    if (refused) return refused;
    const asked = this.fields.map(({ role }) => role);
    return this.ask(this.first(), { type: 'finish', session, batch, roles: asked });
  }

  private report(update: FormUpdate): void {
    if (this.state === 'closed') return;
    const errors = update.status === 'fields_in_error' ? Object.keys(update.errors ?? {}) : [];
    const named = (role: Role) =>
      errors.includes(role) || (role === 'number' && errors.includes('cardNumber'));
    this.mark(roles.filter(named), 'error');
    const notify = this.options.callbacks?.formSessionUpdate;
    // An error of the page's own callback is the page's: it shows in the console and stops nothing here.
    if (notify) queueMicrotask(() => notify(this.face.updated(update, this.session)));
  }

  private first(): Field {
    const [first] = this.fields;
    if (!first) throw new Error('A form has at least one field.');
    return first;
  }

  private ask<Reply>(field: Field, request: FrameRequest): Promise<Reply> {
    const id = (this.lastId += 1);
    return new Promise((resolve) => {
      this.replies.set(id, resolve);
      field.frame.contentWindow?.postMessage({ page: this.page, id, ...request }, this.base.origin);
    });
  }

  private after<Value>(value: Value): Promise<Value> {
    return new Promise((resolve) => setTimeout(resolve, HostedForm.patienceMs, value));
  }

  private readonly receive = (event: MessageEvent<FrameMessage | null>): void => {
    const field = this.fields.find(({ frame }) => frame.contentWindow === event.source);
    const message = event.data;
    if (event.origin !== this.base.origin || !field || message?.page !== this.page) return;
    // A frame that the page moves loads again, and is set up again.
    if (message.type === 'loaded') field.onLoaded(this.setUp(field));
    if (message.type === 'enter') pressEnter(field.frame);
    if (message.type === 'event') {
      if (message.event === 'focus') field.frame.dataset['focused'] = '';
      if (message.event === 'blur') delete field.frame.dataset['focused'];
      const heard = this.listeners.filter(
        (one) => one.event === message.event && one.roles.includes(field.role),
      );
      for (const { notify } of heard) notify(field.selector, message.check, `card.${field.role}`);
    }
    if (message.type === 'reply') {
      this.replies.get(message.id)?.(message.reply as never);
      this.replies.delete(message.id);
    }
  };
}

export function failed(message: string): FormUpdate {
  return { status: 'system_error', errors: { message } };
}

/**
 * What Enter in an input does: a keydown that the page may cancel, then the submission of the form around it by its default button, and
 * nothing when that button is disabled.
 */
export function pressEnter(frame: HTMLIFrameElement): void {
  const key = new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true, cancelable: true });
  const form = frame.closest('form');
  if (!frame.dispatchEvent(key) || !form) return;
  const submitter = [...form.elements].find((one) =>
    one.matches('button:not([type]), [type=submit], [type=image]'),
  );
  if (submitter instanceof HTMLElement) submitter.click();
  else form.requestSubmit();
}
