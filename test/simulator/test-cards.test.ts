// What the simulator's hosted fields accept, and what each test card comes to in the order dialect.
import { describe, expect, it } from '@jest/globals';
import { summarizeCard, validateCard } from '../../src/simulator/card.ts';
import { dataOf, GOOD_CARD, ORDER, startGateway } from './gateway-client.ts';

const NOW = Date.UTC(2026, 10, 22);

describe('typing a card', () => {
  it.each([
    ['spaces and dashes in the number', { number: '5123 4500-0000 0008' }],
    ['a month without its zero', { expiryMonth: '1' }],
    ['a year of four digits', { expiryYear: '2039' }],
    ['the month we are in', { expiryMonth: '11', expiryYear: '26' }],
    ['no name', { nameOnCard: '' }],
    ['four digits of security code on an Amex', { number: '371881634498004', securityCode: '1000' }],
  ])('takes %s', (_, typed) => {
    expect(validateCard({ ...GOOD_CARD, ...typed }, NOW)).toBeNull();
  });

  it.each([
    [
      'nothing at all',
      { number: '', expiryMonth: '', expiryYear: '', securityCode: '', nameOnCard: '' },
      {
        cardNumber: 'missing',
        expiryMonth: 'missing',
        expiryYear: 'missing',
        securityCode: 'missing',
      },
    ],
    ['a wrong check digit', { number: '5123450000000007' }, { cardNumber: 'invalid' }],
    ['12 digits', { number: '424242424242' }, { cardNumber: 'invalid' }],
    ['20 digits', { number: '42424242424242424242' }, { cardNumber: 'invalid' }],
    ['letters in the number', { number: '5123450000000008x' }, { cardNumber: 'invalid' }],
    ['a thirteenth month', { expiryMonth: '13' }, { expiryMonth: 'invalid' }],
    ['month zero', { expiryMonth: '0' }, { expiryMonth: 'invalid' }],
    ['a year of three digits', { expiryYear: '239' }, { expiryYear: 'invalid' }],
    [
      'the month that is over',
      { expiryMonth: '10', expiryYear: '26' },
      { expiryMonth: 'invalid', expiryYear: 'invalid' },
    ],
    ['four digits of security code', { securityCode: '1234' }, { securityCode: 'invalid' }],
    ['three on an Amex', { number: '371881634498004', securityCode: '123' }, { securityCode: 'invalid' }],
    ['a card number as the name', { nameOnCard: '5123 4500 0000 0008' }, { nameOnCard: 'invalid' }],
  ] as const)('refuses %s, field by field', (_, typed, errors) => {
    expect(validateCard({ ...GOOD_CARD, ...typed }, NOW)).toEqual(errors);
  });

  it('needs a security code or a name as the settings say', () => {
    const bare = { ...GOOD_CARD, securityCode: '', nameOnCard: '' };
    expect(validateCard(bare, NOW, { requireSecurityCode: false, requireNameOnCard: true })).toEqual({
      nameOnCard: 'missing',
    });
  });

  it('shows a card masked: six digits, four digits, no leading zero, a row of x for the code', () => {
    expect(summarizeCard({ ...GOOD_CARD, number: '5123 4500 0000 0008', expiryYear: '2039' })).toEqual({
      brand: 'MASTERCARD',
      scheme: 'MASTERCARD',
      fundingMethod: 'CREDIT',
      number: '512345xxxxxx0008',
      expiry: { month: '1', year: '39' },
      nameOnCard: 'A. Payer',
      securityCode: 'xxx',
    });
    expect(summarizeCard({ ...GOOD_CARD, securityCode: '', nameOnCard: '' })).not.toHaveProperty(
      'securityCode',
    );
  });

  it.each([
    ['4508750015741019', 'VISA'],
    ['2223000000000007', 'MASTERCARD'],
    ['371881634498004', 'AMEX'],
    ['6011003179988686', 'DISCOVER'],
    ['30123400000000', 'DINERS_CLUB'],
    ['3528000000000007', 'JCB'],
    ['9999999999999995', 'UNKNOWN'],
  ])('knows %s as %s', (number, brand) => {
    expect(summarizeCard({ ...GOOD_CARD, number })).toMatchObject({ brand });
  });
});

async function paid(card: object, billing?: object) {
  const gateway = await startGateway();
  const sessionId = await gateway.openWithCard(ORDER, { ...GOOD_CARD, ...card });
  const answer = await gateway.call('POST', `/order/${ORDER.id}/pay`, {
    session: { id: sessionId },
    billing,
  });
  const session = dataOf(await gateway.call('GET', `/session/${sessionId}`));
  return { answer, session, charges: await gateway.charges() };
}

describe('the numbers that decide', () => {
  it.each([
    ['4242424242424242', '100'],
    ['4000056655665556', '100'],
    ['5555555555554444', '100'],
    ['378282246310005', '1000'],
    ['6011111111111117', '100'],
    ['4012000033330026', '100'],
  ])('%s is captured and charged', async (number, securityCode) => {
    const { answer, session, charges } = await paid({ number, securityCode });
    expect(answer).toMatchObject({
      status: 200,
      body: { data: { result: 'SUCCESS', response: { gatewayCode: 'APPROVED' } } },
    });
    expect(session).toMatchObject({ status: 'CAPTURED', result: 'SUCCESS' });
    expect(charges).toHaveLength(1);
  });

  it.each([
    ['4000000000000002', 'FAILURE', 'DECLINED', 'TRANSACTION_DECLINED'],
    ['4000000000000069', 'FAILURE', 'EXPIRED_CARD', 'CARD_EXPIRED'],
    ['4000000000000127', 'FAILURE', 'DECLINED', 'INVALID_CARD_NUMBER'],
    ['4000000000000101', 'FAILURE', 'DECLINED_CSC', 'CSC_VERIFICATION_FAILED'],
    ['4000000000000010', 'FAILURE', 'DECLINED_AVS', 'ADDRESS_VERIFICATION_FAILED'],
    ['4000000000009995', 'FAILURE', 'INSUFFICIENT_FUNDS', 'TRANSACTION_DECLINED'],
    ['4000000000009987', 'UNKNOWN', 'TIMED_OUT', 'TRANSACTION_FAILED'],
    ['4000000000000119', 'ERROR', 'SYSTEM_ERROR', 'TRANSACTION_FAILED'],
    ['4000000000000341', 'FAILURE', 'UNSPECIFIED_FAILURE', 'TRANSACTION_FAILED'],
  ])('%s comes to %s with %s and charges nothing', async (number, result, gatewayCode, errorCode) => {
    const { answer, session, charges } = await paid({ number });
    expect(answer).toMatchObject({
      status: 200,
      body: { success: true, data: { result, errorCode, response: { gatewayCode } } },
    });
    expect(session).toMatchObject({ status: 'FAILED', result });
    expect(charges).toEqual([]);
  });

  it('win over an expiry that decides otherwise', async () => {
    const approved = await paid({ number: '4242424242424242', expiryMonth: '05', expiryYear: '39' });
    expect(approved.session).toMatchObject({ status: 'CAPTURED' });
    const declined = await paid({ number: '4000000000000002', expiryMonth: '01', expiryYear: '39' });
    expect(declined.session).toMatchObject({ status: 'FAILED' });
  });
});

describe('the expiries that decide for other numbers', () => {
  it.each([
    ['01', '39', 'SUCCESS', 'APPROVED', 'CAPTURED', 1],
    ['12', '30', 'SUCCESS', 'APPROVED', 'CAPTURED', 1],
    ['05', '39', 'FAILURE', 'DECLINED', 'FAILED', 0],
    ['04', '27', 'FAILURE', 'EXPIRED_CARD', 'FAILED', 0],
    ['08', '28', 'UNKNOWN', 'TIMED_OUT', 'FAILED', 0],
    ['01', '37', 'FAILURE', 'ACQUIRER_SYSTEM_ERROR', 'FAILED', 0],
    ['02', '37', 'FAILURE', 'UNSPECIFIED_FAILURE', 'FAILED', 0],
    ['05', '37', 'UNKNOWN', 'UNKNOWN', 'FAILED', 0],
  ])('%s/%s comes to %s with %s: %s', async (expiryMonth, expiryYear, result, gatewayCode, status, count) => {
    const gateway = await startGateway();
    await gateway.control('POST', '/clock', { now: '2026-11-22T12:00:00Z' });
    const id = await gateway.openWithCard(ORDER, { ...GOOD_CARD, expiryMonth, expiryYear });
    const answer = await gateway.pay(id);
    expect(answer).toMatchObject({ status: 200, body: { data: { result, response: { gatewayCode } } } });
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({ status, result });
    expect(await gateway.charges()).toHaveLength(count);
  });

  it.each([
    ['5123450000000008', '100', 'MATCH'],
    ['5123450000000008', '101', 'NOT_PROCESSED'],
    ['5123450000000008', '102', 'NO_MATCH'],
    ['371881634498004', '1000', 'MATCH'],
    ['371881634498004', '1010', 'NOT_PROCESSED'],
    ['371881634498004', '1020', 'NO_MATCH'],
  ])(
    'the security code of %s, %s, is reported as %s and does not decide',
    async (number, securityCode, cscCode) => {
      const { answer } = await paid({ number, securityCode });
      expect(dataOf(answer)).toMatchObject({ result: 'SUCCESS', cscCode });
    },
  );

  it.each([
    ['Alpha St', 'ADDRESS_MATCH'],
    ['Gamma St', 'NOT_VERIFIED'],
    ['November St', 'NO_MATCH'],
    ['Romeo St', 'SERVICE_NOT_AVAILABLE_RETRY'],
    ['Sierra St', 'SERVICE_NOT_SUPPORTED'],
    ['Uniform St', 'NOT_AVAILABLE'],
    ['Whiskey St', 'ZIP_MATCH'],
    ['X-ray St', 'ADDRESS_ZIP_MATCH'],
    ['Kilo St', 'NAME_MATCH'],
    ['Oscar St', 'NAME_ADDRESS_MATCH'],
    ['Lima St', 'NAME_ZIP_MATCH'],
    ['Zero St', 'NOT_REQUESTED'],
  ])('an address in %s is reported as %s and does not decide', async (street, avsCode) => {
    const { answer } = await paid({}, { address: { street } });
    expect(dataOf(answer)).toMatchObject({ result: 'SUCCESS', avsCode });
  });
});
