/** The fields of a card form, in the words of the script's own options and class names (gateway.md 3.2). */
export const roles = ['number', 'securityCode', 'expiryMonth', 'expiryYear', 'nameOnCard'] as const;

export type Role = (typeof roles)[number];

type Traits = { readonly label: string; readonly autocomplete: AutoFill; readonly maxLength: number };

/** How the payer's browser and screen reader know each field; `label` is the name when the merchant's page gives none. */
export const roleTraits: { readonly [role in Role]: Traits } = {
  number: { label: 'Card number', autocomplete: 'cc-number', maxLength: 23 },
  securityCode: { label: 'Security code', autocomplete: 'cc-csc', maxLength: 4 },
  expiryMonth: { label: 'Expiry month', autocomplete: 'cc-exp-month', maxLength: 2 },
  expiryYear: { label: 'Expiry year', autocomplete: 'cc-exp-year', maxLength: 4 },
  nameOnCard: { label: 'Name on card', autocomplete: 'cc-name', maxLength: 256 },
};
