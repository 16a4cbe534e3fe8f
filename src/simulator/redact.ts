import { passesLuhn } from './card.ts';

const SECRET_FIELD = /^(card_?number|number|security_?code|cvv2?|cvc2?|csc|pin)$/i;

/** Names of opaque values: an id may look like a card number and is none. */
const OPAQUE_FIELD = /^(id|reference)$/i;

const LONG_DIGITS = /\d(?:[ -]?\d){12,}/g;

/** A copy of what was received, without card numbers or security codes, so that it may be kept and shown. */
export function redact(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => redact(item, field));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redact(item, name)]));
  }
  if (SECRET_FIELD.test(field)) return '[redacted]';
  if (OPAQUE_FIELD.test(field)) return value;
  if (typeof value === 'number') return hasCardNumber(String(value)) ? '[redacted]' : value;
  return typeof value === 'string' ? redactText(value) : value;
}

/** The text with every run of digits that holds a card number replaced. */
export function redactText(text: string): string {
  return text.replace(LONG_DIGITS, (run) => (hasCardNumber(run) ? '[redacted]' : run));
}

function hasCardNumber(run: string): boolean {
  const digits = run.replace(/\D/g, '');
  for (let length = 13; length <= 19; length += 1) {
    for (let start = 0; start + length <= digits.length; start += 1) {
      if (passesLuhn(digits.slice(start, start + length))) return true;
    }
  }
  return false;
}
