import type { CardSummary } from './card.ts';

/** What the gateway says of a pay: the result, the order's status, and the issuer's word. */
export type Verdict = {
  readonly result: 'SUCCESS' | 'FAILURE' | 'PENDING' | 'UNKNOWN' | 'ERROR';
  readonly status: 'CAPTURED' | 'FAILED' | 'PENDING';
  readonly gatewayCode: string;
  readonly errorCode?: string;
};

/** One pay as the gateway booked it; `amount` is decimal text in major units, `atMs` when it got its present verdict. */
export type Transaction = Verdict & {
  readonly id: string;
  readonly merchantId: string;
  readonly sessionId: string;
  readonly orderId: string;
  readonly amount: string;
  readonly currency: string;
  readonly card: CardSummary;
  readonly cscCode: string;
  readonly avsCode: string;
  readonly authorizationCode: string;
  readonly stan: string;
  readonly atMs: number;
};
