const runOfDigits = /\d(?:[\s._/\u2010-\u2015\u2212-]{0,3}\d){12,}/g;

/** The gateway's keys; errors of HTTP clients like to quote headers. */
const secretKey = /\bsk_(test|live)_\S*/gi;

const passesLuhn = (digits: string): boolean => {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
};

const holdsCardNumber = (digits: string): boolean => {
  for (let length = 13; length <= 19; length += 1) {
    for (let start = 0; start + length <= digits.length; start += 1) {
      if (passesLuhn(digits.slice(start, start + length))) return true;
    }
  }
  return false;
};

/**
 * Free text without secret keys and without what looks like a card number: a run of digits, grouped or not, in which 13 to 19 pass the Luhn
 * check, becomes `[redacted]`. Long runs often pass by chance; a lost reference is cheaper than a stored card. Ids and tokens are opaque
 * and are not scrubbed.
 */
export const scrub = (text: string): string =>
  text
    .replace(secretKey, '[redacted]')
    .replace(runOfDigits, (run) => (holdsCardNumber(run.replace(/\D/g, '')) ? '[redacted]' : run));
