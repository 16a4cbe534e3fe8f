import type { PaymentGateway } from '../application/ports/payment-gateway.ts';
import { defaultPolicy, type Policy } from '../domain/payment/policy.ts';

/** How late the gateway may still execute a call that was cut off. */
const lateMs = 90_000;

/** What the host says of the policy, without what it leaves open. Throws an `Error` that names what cannot be. */
export const checkedPolicy = (given: Partial<Policy>): Partial<Policy> => {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of said) {
    const isFlag = name === 'recheck';
    if (!Object.hasOwn(defaultPolicy, name)) throw new Error(`createPayments: there is no policy.${name}.`);
    if (isFlag ? typeof value === 'boolean' : Number.isSafeInteger(value) && Number(value) > 0) continue;
    throw new Error(
      `createPayments: policy.${name} must be ${isFlag ? 'true or false' : 'a whole number above zero'}.`,
    );
  }
  return Object.fromEntries(said);
};

/** The whole policy: what is left open follows from the gateway. */
export const policyFor = (
  said: Partial<Policy>,
  { capabilities: { can, timeoutMs } }: Pick<PaymentGateway, 'capabilities'>,
): Policy => {
  const own = { quietMs: timeoutMs + lateMs, recheck: can.includes('list') };
  const policy = { ...defaultPolicy, ...own, ...said };
  if (policy.quietMs > timeoutMs) return policy;
  throw new Error(
    `createPayments: policy.quietMs (${policy.quietMs}) must be longer than a call to the gateway may take: ` +
      `prahsys.timeoutMs, or capabilities.timeoutMs of your gateway (${timeoutMs}).`,
  );
};
