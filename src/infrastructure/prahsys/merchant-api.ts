import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import {
  gatewayUnavailable,
  type SessionError,
  unknownMerchant,
} from '../../application/ports/payment-gateway.ts';
import type { MerchantId } from '../../domain/payment/ids.ts';
import { type Answer, type Call, type Fetch, PrahsysClient, type Reply } from './client.ts';
import type { Credentials, CredentialsLookup, PrahsysConnection } from './config.ts';

/** A call below the merchant's address. */
export type MerchantCall = Omit<Call, 'credentials'>;

/** The gateway's API as each merchant may use it, with the merchant's own key. */
export class MerchantApi {
  readonly #connection: PrahsysConnection;
  readonly #credentials: CredentialsLookup;
  readonly #client: PrahsysClient;

  constructor(connection: PrahsysConnection, credentials: CredentialsLookup, fetch?: Fetch) {
    this.#connection = connection;
    this.#credentials = credentials;
    this.#client = new PrahsysClient(connection, fetch);
  }

  /** Whether there are credentials for this merchant. */
  knows(merchantId: MerchantId): boolean {
    return this.#credentialsOf(merchantId) !== null;
  }

  /** The browser script of the first generations, one for all sessions of a merchant. */
  merchantScript(merchantId: MerchantId): string {
    const prefix = this.#credentialsOf(merchantId)?.isTest ? 'TEST' : '';
    return `${this.#connection.scriptUrl}/form/version/100/merchant/${prefix}${encodeURIComponent(merchantId)}/session.js`;
  }

  /** A call that moves no money: whether it left makes no difference. */
  call(merchantId: MerchantId, call: MerchantCall): ResultAsync<Answer, SessionError> {
    return this.#call(merchantId, belowMerchant(merchantId, call));
  }

  /** The same, of what belongs to no merchant. */
  callRoot(merchantId: MerchantId, call: MerchantCall): ResultAsync<Answer, SessionError> {
    return this.#call(merchantId, { ...call, path: ['payments', 'n1', ...call.path] });
  }

  /** A call that may move money: sent once or not at all. */
  sendOnce(merchantId: MerchantId, call: MerchantCall): ResultAsync<Reply, never> {
    const credentials = this.#credentialsOf(merchantId);
    if (credentials === null) return okAsync({ type: 'notSent', reason: 'no credentials for this merchant' });
    return this.#send(credentials, belowMerchant(merchantId, call));
  }

  #call(merchantId: MerchantId, call: MerchantCall): ResultAsync<Answer, SessionError> {
    const credentials = this.#credentialsOf(merchantId);
    if (credentials === null) return errAsync(unknownMerchant(merchantId));
    return this.#send(credentials, call).andThen((reply) =>
      reply.type === 'answered' ? ok(reply.answer) : err(gatewayUnavailable(reply.reason)),
    );
  }

  #send(credentials: Credentials, call: MerchantCall): ResultAsync<Reply, never> {
    return ResultAsync.fromSafePromise(this.#client.send({ ...call, credentials }));
  }

  /** A host's lookup that throws knows no credentials: methods of the port never reject. */
  #credentialsOf(merchantId: MerchantId): Credentials | null {
    try {
      return this.#credentials(merchantId);
    } catch {
      return null;
    }
  }
}

const belowMerchant = (merchantId: MerchantId, call: MerchantCall): MerchantCall => ({
  ...call,
  path: ['payments', 'n1', 'merchant', merchantId, ...call.path],
});
