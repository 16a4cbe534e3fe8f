/** The fields of a card form, in the words of the scripts' own options and class names. */
export const roles = [
  'number',
  'securityCode',
  'expiryMonth',
  'expiryYear',
  'expiryDate',
  'nameOnCard',
] as const;

export type Role = (typeof roles)[number];

/** Month and year in one field came with the payment dialect. */
export const orderRoles = roles.filter((role) => role !== 'expiryDate');

type Traits = { readonly label: string; readonly autocomplete: AutoFill; readonly maxLength: number };

/** How the payer's browser and screen reader know each field; `label` is the name when the merchant's page gives none. */
export const roleTraits: { readonly [role in Role]: Traits } = {
  number: { label: 'Card number', autocomplete: 'cc-number', maxLength: 23 },
  securityCode: { label: 'Security code', autocomplete: 'cc-csc', maxLength: 4 },
  expiryMonth: { label: 'Expiry month', autocomplete: 'cc-exp-month', maxLength: 2 },
  expiryYear: { label: 'Expiry year', autocomplete: 'cc-exp-year', maxLength: 4 },
  expiryDate: { label: 'Expiry date', autocomplete: 'cc-exp', maxLength: 7 },
  nameOnCard: { label: 'Name on card', autocomplete: 'cc-name', maxLength: 256 },
};

/** The fields that a call of a script names, such as `card.number`; others are said in the console. */
export function rolesNamed(method: string, names: readonly string[]): Role[] {
  const unknown = [names].flat().filter((name) => !roles.some((role) => name === `card.${role}`));
  if (unknown.length > 0) console.error(`PaymentSession.${method}: unknown role ${unknown.join(', ')}.`);
  return roles.filter((role) => names.includes(`card.${role}`));
}
