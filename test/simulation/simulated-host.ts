import { err, ok, type ResultAsync } from 'neverthrow';
import {
  type Confirmation,
  confirmationFailed,
  type ConfirmationFailed,
  type Confirmations,
} from '../../src/application/ports/confirmations.ts';
import {
  type Fulfilment,
  fulfilmentFailed,
  type FulfilmentFailed,
  type FulfilmentRequest,
} from '../../src/application/ports/fulfilment.ts';
import {
  type Orders,
  ordersUnavailable,
  type OrdersUnavailable,
} from '../../src/application/ports/orders.ts';
import type { MerchantId, OrderId } from '../../src/domain/payment/ids.ts';
import { order, type Order, type OrderData } from '../../src/domain/payment/order.ts';
import type { Rules } from './rules.ts';
import type { Transaction } from './simulated-payments.ts';
import type { World } from './world.ts';

/** Who buys an order that ends in 2 gives no address. */
export const orderData = (id: OrderId, price: number): OrderData => ({
  id,
  amount: `${price}.00`,
  currency: 'USD',
  description: 'A lamp',
  customerEmail: id.endsWith('2') ? null : 'ann@example.com',
});

/** A host: it sells orders at prices that change, and acts once per key, in our transaction and elsewhere. */
export class SimulatedHost implements Orders, Fulfilment<Transaction>, Confirmations {
  readonly #world: World;
  readonly #rules: Rules;
  /** Whole US dollars by order; no order without a price. */
  readonly #prices = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.#world = world;
    this.#rules = rules;
  }

  find(merchantId: MerchantId, id: OrderId): ResultAsync<Order | null, OrdersUnavailable> {
    const { faults, random } = this.#world;
    return this.#world.call<Order | null, OrdersUnavailable>('host', `order ${id}`, () => {
      if (faults.happens('orders: no answer')) return err(ordersUnavailable('no answer'));
      if (faults.happens('orders: the order is withdrawn')) return ok(null);
      const key = `${merchantId}/${id}`;
      const changes = !this.#prices.has(key) || faults.happens('orders: the price changes');
      const price = (changes ? null : this.#prices.get(key)) ?? random.between(1, 1_000);
      this.#prices.set(key, price);
      return ok(order(orderData(id, price))._unsafeUnwrap());
    });
  }

  fulfil(request: FulfilmentRequest<Transaction>): ResultAsync<void, FulfilmentFailed> {
    const { faults } = this.#world;
    this.#rules.released(request);
    return this.#world.call<void, FulfilmentFailed>('host', `fulfil ${request.order.id}`, () => {
      if (faults.happens('fulfil: fails')) return err(fulfilmentFailed('no'));
      this.#rules.shipped(request.key, request.order.id);
      request.tx.releases.push(request.key);
      return faults.happens('fulfil: acts, then fails') ? err(fulfilmentFailed('too late')) : ok(undefined);
    });
  }

  send(confirmation: Confirmation): ResultAsync<void, ConfirmationFailed> {
    const { faults } = this.#world;
    return this.#world.call<void, ConfirmationFailed>('host', `confirm ${confirmation.order.id}`, () => {
      if (faults.happens('confirm: fails')) return err(confirmationFailed('no'));
      this.#rules.written(confirmation);
      return faults.happens('confirm: sent, then fails')
        ? err(confirmationFailed('too late'))
        : ok(undefined);
    });
  }
}
