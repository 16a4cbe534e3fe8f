import type { CardInput } from '../card.ts';
import type { CardUpdate } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { FormUpdate } from './form-options.ts';
import type { Role } from './roles.ts';

/** What the frames of a form sent, field by field. */
export type Typed = ReadonlyMap<Role, string>;

/** The card that the payer typed. Its expiry may stand in one field, as MM/YY. */
export function cardFrom(typed: Typed): CardInput {
  const expiry = (typed.get('expiryDate') ?? '').replace(/\s/g, '');
  const [, month = expiry, year = expiry] = /^(\d\d)\/?((?:20)?\d\d)$/.exec(expiry) ?? [];
  return {
    number: typed.get('number') ?? '',
    expiryMonth: typed.get('expiryMonth') ?? month,
    expiryYear: typed.get('expiryYear') ?? year,
    securityCode: typed.get('securityCode') ?? '',
    nameOnCard: typed.get('nameOnCard') ?? '',
  };
}

/** In the words of the order dialect's `formSessionUpdate`. */
export function orderFormUpdate(
  update: CardUpdate,
  merchant: string,
  errorsShape: Settings['errorsShape'],
): FormUpdate {
  switch (update.status) {
    case 'ok': {
      const { id, updateStatus, version } = update.session;
      const sourceOfFunds = { type: 'CARD', provided: { card: update.card } };
      return { status: 'ok', merchant, session: { id, updateStatus, version }, sourceOfFunds };
    }
    case 'fields_in_error':
      return { status: update.status, errors: update.errors, errorsShape };
    case 'request_timeout':
    case 'system_error':
      return { status: update.status, errors: { message: update.message }, errorsShape };
  }
}

/** In the words of the payment dialect: fewer, and with other names and codes of errors. */
export function paymentFormUpdate(update: CardUpdate, typed: Typed): FormUpdate {
  switch (update.status) {
    case 'ok':
      return { status: 'ok', session: { id: update.session.id, version: update.session.formUpdates } };
    case 'fields_in_error': {
      const names: Record<string, string> = { cardNumber: 'number' };
      if (typed.has('expiryDate'))
        Object.assign(names, { expiryMonth: 'expiryDate', expiryYear: 'expiryDate' });
      const errors = Object.entries(update.errors).map(([name, problem]) => [
        names[name] ?? name,
        problem === 'missing' ? 'required' : problem,
      ]);
      return { status: update.status, errors: Object.fromEntries(errors) };
    }
    case 'request_timeout':
    case 'system_error':
      return systemError(update.message, update.status);
  }
}

export function systemError(message: string, status = 'system_error'): FormUpdate {
  return { status, errors: { message } };
}
