// Every word that the vendor's documents have for what may have happened to money, and some that they have not.

const newWords = ['FROBNICATED', 'captured', '', '200'];

export const statuses: readonly string[] = [
  ...[
    'AUTHORIZED',
    'CAPTURED',
    'PARTIALLY_CAPTURED',
    'CANCELLED',
    'REFUNDED',
    'PARTIALLY_REFUNDED',
    'DECLINED',
  ],
  ...['ABORTED', 'FAILURE', 'FAILED', 'PENDING', 'SUCCESS', 'UNKNOWN', 'VERIFIED', 'SETTLING', 'SETTLED'],
  ...['DISPUTED', 'CAPTURE_PENDING', 'REFUND_PENDING', 'CREATED', ...newWords],
];

export const results: readonly string[] = [
  ...['FAILURE', 'PENDING', 'SUCCESS', 'DECLINED', 'UNKNOWN', 'ERROR', 'FROBNICATED', 'success', ''],
];

export const operations: readonly string[] = [
  ...['AUTHORIZE', 'CAPTURE', 'CHARGEBACK', 'PAY', 'REFUND', 'VERIFY', 'VOID', 'ADJUSTMENT'],
  ...['UPDATE_AUTHORIZATION', 'CHARGEBACK_REVERSAL', ...newWords],
];

export const types: readonly string[] = [
  ...['AUTHENTICATION', 'AUTHORIZATION', 'AUTHORIZATION_UPDATE', 'CAPTURE', 'CHARGEBACK', 'DISBURSEMENT'],
  ...['FUNDING', 'REFUND', 'REFUND_REQUEST', 'VERIFICATION', 'VOID_AUTHORIZATION', 'VOID_CAPTURE'],
  ...['VOID_REFUND', 'ADJUSTMENT', 'ADJUSTMENT_FROM', 'ADJUSTMENT_TO', 'CHARGEBACK_REVERSAL', ...newWords],
];
