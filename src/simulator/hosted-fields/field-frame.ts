import { passesLuhn } from '../card.ts';
import type { FormUpdate } from './form-options.ts';
import type { FieldCheck, FieldEvent, FieldSetup, FieldState, FrameRequest } from './messages.ts';
import type { Role } from './roles.ts';
import { applyStyles, styleRules, type StateRules } from './style-rules.ts';

/** What the server tells a frame: which field it is, whose page it serves, and that page's random id. */
export type FrameConfig = { readonly role: Role; readonly origin: string; readonly page: string };

/**
 * One hosted field, inside its own document on the gateway's origin. It obeys its parent window only, and only when that window is of the
 * origin that the server named; what the payer typed leaves it in one direction, to that server.
 */
export class FieldFrame {
  private readonly config: FrameConfig;
  private field: HTMLInputElement | HTMLSelectElement;
  private readonly rules: StateRules;

  constructor(config: FrameConfig, field: HTMLInputElement) {
    this.config = config;
    this.field = field;
    this.rules = styleRules('.field');
    this.listen();
    window.addEventListener('message', (event) => void this.receive(event));
    // The payment dialect has no setFocus: a page can focus the frame only.
    window.addEventListener('focus', () => this.field.focus());
    this.tell({ type: 'loaded' });
  }

  private tell(message: object): void {
    window.parent.postMessage({ page: this.config.page, ...message }, this.config.origin);
  }

  private async receive(
    event: MessageEvent<(FrameRequest & { page: string; id: number }) | null>,
  ): Promise<void> {
    const request = event.data;
    if (event.origin !== this.config.origin || event.source !== window.parent) return;
    if (request?.page !== this.config.page) return;
    this.tell({ type: 'reply', id: request.id, reply: await this.answer(request) });
  }

  private answer(request: FrameRequest): unknown {
    switch (request.type) {
      case 'setup':
        return this.setUp(request.setup);
      case 'style':
        return applyStyles(this.rules, request.state, request.styles);
      case 'focus':
        return this.field.focus();
      case 'check':
        return this.check();
      case 'mark':
        return this.mark(request.state);
      case 'open':
        return this.send('open', { session: request.session });
      case 'stage':
        this.mark(null);
        return this.send('stage', {
          session: request.session,
          batch: request.batch,
          value: this.field.value,
        });
      case 'finish':
        return this.send('finish', { session: request.session, batch: request.batch, roles: request.roles });
      default:
        return null;
    }
  }

  private setUp({ attributes, styles, choices }: FieldSetup): void {
    if (choices) this.becomeSelect(choices);
    for (const [name, value] of Object.entries(attributes)) {
      if (/^(aria-[a-z]+|placeholder|title)$/.test(name)) this.field.setAttribute(name, String(value));
    }
    for (const { state, styles: values } of styles) applyStyles(this.rules, state, values);
  }

  private becomeSelect(choices: readonly { readonly value: string; readonly text: string }[]): void {
    const select = document.createElement('select');
    select.id = this.field.id;
    select.className = this.field.className;
    select.autocomplete = this.field.autocomplete;
    select.append(...choices.map(({ value, text }) => new Option(String(text), String(value))));
    this.field.replaceWith(select);
    this.field = select;
    this.listen();
  }

  private mark(state: FieldState): void {
    this.field.dataset['state'] = state ?? '';
    if (state === 'error') this.field.setAttribute('aria-invalid', 'true');
    else this.field.removeAttribute('aria-invalid');
  }

  private check(): FieldCheck {
    return checkField(
      this.config.role,
      this.field.value,
      this.field.getAttribute('aria-required') === 'true',
    );
  }

  private async send(action: string, body: object): Promise<FormUpdate> {
    const { page, role } = this.config;
    try {
      const response = await fetch(`../../${action}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ page, role, ...body }),
      });
      const answer: FormUpdate | null = await response.json();
      if (typeof answer?.status === 'string') return answer;
    } catch {
      // No answer, or one that is no JSON: told as below.
    }
    return { status: 'system_error', errors: { message: 'The gateway gave no answer that can be used.' } };
  }

  private listen(): void {
    const events: FieldEvent[] = ['focus', 'blur', 'change', 'mouseover', 'mouseout', 'input'];
    for (const event of events) {
      this.field.addEventListener(event, () => this.tell({ type: 'event', event, check: this.check() }));
    }
    this.field.addEventListener('keydown', (event: Event) => {
      if (event instanceof KeyboardEvent && event.key === 'Enter' && this.field instanceof HTMLInputElement) {
        this.tell({ type: 'enter' });
      }
    });
  }
}

/** What can be told without the server, which has the last word. */
export function checkField(role: Role, value: string, isRequired: boolean): FieldCheck {
  const separators = role === 'expiryDate' ? /[\s/-]/g : /[\s-]/g;
  const text = role === 'nameOnCard' ? value.trim() : value.replace(separators, '');
  const patterns = {
    number: /^\d{13,19}$/,
    securityCode: /^\d{3,4}$/,
    expiryMonth: /^(0?[1-9]|1[0-2])$/,
    expiryYear: /^(20)?\d\d$/,
    expiryDate: /^(0[1-9]|1[0-2])(20)?\d\d$/,
    nameOnCard: /^.*$/s,
  };
  const isEmpty = text === '';
  const hasBadCharacters = role !== 'nameOnCard' && /\D/.test(text);
  const isOptional = role === 'nameOnCard' && !isRequired;
  const isValid = isEmpty ? isOptional : patterns[role].test(text) && (role !== 'number' || passesLuhn(text));
  const errorReason = isEmpty ? 'EMPTY' : hasBadCharacters ? 'INVALID_CHARACTERS' : 'INVALID_VALUE';
  const isIncomplete = isEmpty || (role === 'number' && text.length < 13 && !hasBadCharacters);
  return { isValid, isEmpty, isIncomplete, hasError: !isValid, ...(!isValid && { errorReason }) };
}
