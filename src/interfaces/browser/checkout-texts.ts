/** What the payer is told. A host overrides any of them, for its own words or another language. */
export const englishTexts = {
  unavailable: 'The card form could not be loaded. Please try again.',
  framed: 'No payment is taken inside another page.',
  notReady: 'The card form is not ready yet.',
  fieldsInvalid: 'Please check the marked card details.',
  notSent: 'Your card details could not be sent. Nothing was charged. Please try again.',
  cardAgain: 'The card form was renewed. Nothing was charged. Please enter your card again.',
  priceChanged: 'The price has changed. Please check the new amount, then pay again.',
  notCharged: 'The payment did not go through. Nothing was charged. Please try again.',
  refused: 'No card can be taken now. Nothing was charged.',
  declined: 'Your card was declined. Please try another card.',
  declinedFinally: 'Your card was declined. No further card can be tried.',
  processing: 'Your payment is being processed. Please do not pay again.',
  paid: 'Thank you. Your payment was received.',
  needsAttention: 'A person must check your payment. Please do not pay again.',
  closed: 'This order can no longer be paid.',
};

export type CheckoutTexts = typeof englishTexts;
