import { cardDigits, type CardInput } from './card.ts';
import type { Result } from './payment.ts';
import type { Verdict } from './transaction.ts';

/** What the payment dialect says of a transaction; `errorCode` is the documentation's word. */
type PaymentVerdict = { readonly result: Result; readonly errorCode?: string };

const APPROVED: Verdict = { result: 'SUCCESS', status: 'CAPTURED', gatewayCode: 'APPROVED' };

/** Numbers that decide whatever else was typed (the last four are historical). Any other number leaves it to the expiry. */
const BY_NUMBER: Readonly<Record<string, Verdict>> = {
  '4242424242424242': APPROVED,
  '4000056655665556': APPROVED,
  '5555555555554444': APPROVED,
  '378282246310005': APPROVED,
  '6011111111111117': APPROVED,
  '4000000000000002': declined('DECLINED', 'TRANSACTION_DECLINED'),
  '4000000000000069': declined('EXPIRED_CARD', 'CARD_EXPIRED'),
  '4000000000000127': declined('DECLINED', 'INVALID_CARD_NUMBER'),
  '4000000000000101': declined('DECLINED_CSC', 'CSC_VERIFICATION_FAILED'),
  '4000000000000010': declined('DECLINED_AVS', 'ADDRESS_VERIFICATION_FAILED'),
  '4000000000009995': declined('INSUFFICIENT_FUNDS', 'TRANSACTION_DECLINED'),
  '4000000000009987': failed('UNKNOWN', 'TIMED_OUT', 'TRANSACTION_FAILED'),
  '4000000000000119': failed('ERROR', 'SYSTEM_ERROR', 'TRANSACTION_FAILED'),
  '4000000000000341': failed('FAILURE', 'UNSPECIFIED_FAILURE', 'TRANSACTION_FAILED'),
};

/** Expiries that decide for every other number; UNKNOWN has charged nothing. Any other expiry is approved. */
const BY_EXPIRY: Readonly<Record<string, Verdict>> = {
  '05/39': declined('DECLINED'),
  '04/27': declined('EXPIRED_CARD'),
  '08/28': failed('UNKNOWN', 'TIMED_OUT'),
  '01/37': failed('FAILURE', 'ACQUIRER_SYSTEM_ERROR'),
  '02/37': failed('FAILURE', 'UNSPECIFIED_FAILURE'),
  '05/37': failed('UNKNOWN', 'UNKNOWN'),
};

const BY_SECURITY_CODE: Readonly<Record<string, string>> = {
  '': 'NOT_PRESENT',
  '101': 'NOT_PROCESSED',
  '1010': 'NOT_PROCESSED',
  '102': 'NO_MATCH',
  '1020': 'NO_MATCH',
};

const BY_STREET: Readonly<Record<string, string>> = {
  'Alpha St': 'ADDRESS_MATCH',
  'Gamma St': 'NOT_VERIFIED',
  'November St': 'NO_MATCH',
  'Romeo St': 'SERVICE_NOT_AVAILABLE_RETRY',
  'Sierra St': 'SERVICE_NOT_SUPPORTED',
  'Uniform St': 'NOT_AVAILABLE',
  'Whiskey St': 'ZIP_MATCH',
  'X-ray St': 'ADDRESS_ZIP_MATCH',
  'Kilo St': 'NAME_MATCH',
  'Oscar St': 'NAME_ADDRESS_MATCH',
  'Lima St': 'NAME_ZIP_MATCH',
  'Zero St': 'NOT_REQUESTED',
};

/** What the issuer of a card that the hosted fields accepted answers, in the words of the order dialect. */
export function verdictOf(card: CardInput): Verdict {
  const expiry = `${card.expiryMonth.trim().padStart(2, '0')}/${card.expiryYear.trim().slice(-2)}`;
  return BY_NUMBER[cardDigits(card.number)] ?? BY_EXPIRY[expiry] ?? APPROVED;
}

/** The verdict that a control names by its result. */
export function verdictNamed(result: 'SUCCESS' | 'DECLINED' | 'FAILURE' | 'UNKNOWN' | 'ERROR'): Verdict {
  if (result === 'SUCCESS') return APPROVED;
  if (result === 'DECLINED') return declined('DECLINED');
  const codes = { FAILURE: 'UNSPECIFIED_FAILURE', UNKNOWN: 'UNKNOWN', ERROR: 'SYSTEM_ERROR' } as const;
  return failed(result, codes[result]);
}

/** The same in the words of the payment dialect, where only the number decides. */
export function paymentVerdictOf(card: CardInput): PaymentVerdict {
  const { result, errorCode } = BY_NUMBER[cardDigits(card.number)] ?? APPROVED;
  if (errorCode === undefined) return { result: 'SUCCESS' };
  return errorCode === 'TRANSACTION_FAILED' ? { result, errorCode } : { result: 'DECLINED', errorCode };
}

/** The verdict of the payment dialect that a control names by its result. */
export function paymentVerdictNamed(result: Exclude<Result, 'PENDING'>): PaymentVerdict {
  if (result === 'SUCCESS') return { result };
  return { result, errorCode: result === 'DECLINED' ? 'TRANSACTION_DECLINED' : 'TRANSACTION_FAILED' };
}

/** How the security code compared; it does not decide. */
export function securityCheckOf(card: CardInput): string {
  return BY_SECURITY_CODE[card.securityCode.trim()] ?? 'MATCH';
}

/** How the billing address compared; it does not decide. */
export function addressCheckOf(street: string | undefined): string {
  return BY_STREET[street ?? ''] ?? 'NOT_REQUESTED';
}

function declined(gatewayCode: string, errorCode?: string): Verdict {
  return failed('FAILURE', gatewayCode, errorCode);
}

function failed(result: Verdict['result'], gatewayCode: string, errorCode?: string): Verdict {
  return { result, status: 'FAILED', gatewayCode, ...(errorCode !== undefined && { errorCode }) };
}
