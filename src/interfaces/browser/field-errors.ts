const fieldNames = [
  'number',
  'securityCode',
  'expiryMonth',
  'expiryYear',
  'expiryDate',
  'nameOnCard',
] as const;

/** What is wrong with each field. Empty when the gateway named no field that we know. */
export type FieldErrors = Readonly<Partial<Record<(typeof fieldNames)[number], 'required' | 'invalid'>>>;

/**
 * One map from the three incompatible shapes of `formSessionUpdate`'s `errors`: a list of
 * texts, the older library's object (`cardNumber`, `missing`) and today's (`number`, `required`). An unknown code
 * means `invalid`; an unknown key concerns the form as a whole and marks no field.
 */
export function fieldErrorsFrom(errors: unknown): FieldErrors {
  const entries: [string, unknown][] = Array.isArray(errors)
    ? errors.map((text: unknown) => [String(text), text])
    : Object.entries(errors ?? {});
  const found: Partial<Record<(typeof fieldNames)[number], 'required' | 'invalid'>> = {};
  for (const [key, code] of entries) {
    const letters = key.replace(/[^a-z]/gi, '').toLowerCase();
    const name = fieldNames.find((known) => letters.includes(known.toLowerCase()));
    if (name) found[name] = /missing|required/i.test(String(code)) ? 'required' : 'invalid';
  }
  return found;
}
