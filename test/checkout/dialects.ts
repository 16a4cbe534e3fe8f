// The two generations of the gateway's API, and all that differs between them for whoever stands beside the module.
import { Container } from 'inversify';
import type { PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import { prahsysModule } from '../../src/container/modules.ts';
import { tokens } from '../../src/container/tokens.ts';
import type { PrahsysSettings } from '../../src/infrastructure/prahsys/config.ts';

export type Dialect = PaymentGateway['capabilities']['dialect'];
export const dialects: readonly Dialect[] = ['order', 'payment'];

type Wire = Readonly<{
  /** The operation of the simulator (`POST /_simulator/faults`) by which the module reads what came of a pay. */
  read: 'getSession' | 'getPayment';
  /** A pay of LAMP-1 as the gateway receives it. */
  pay: RegExp;
  /** A read that shows no pay. */
  nothingPaid: (of: Readonly<{ session: string; order: string }>) => object;
}>;

/** What is sold is called an order in one and a payment in the other; its id is that of the host's order in both. */
export const wires: Readonly<Record<Dialect, Wire>> = {
  order: {
    read: 'getSession',
    pay: /^POST .*\/order\/LAMP-1\/pay$/,
    nothingPaid: ({ session }) => ({ id: session, status: 'CREATED' }),
  },
  payment: {
    read: 'getPayment',
    pay: /^PUT .*\/payment\/LAMP-1\/pay$/,
    nothingPaid: ({ order }) => ({ id: order, status: null, transactions: [] }),
  },
};

/** The adapter that a host gets with these settings. */
export const prahsysGateway = (settings: PrahsysSettings): PaymentGateway => {
  const container = new Container();
  container.load(prahsysModule(settings));
  return container.get(tokens.gateway);
};
