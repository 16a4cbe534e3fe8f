import type { Result } from 'neverthrow';
import type { MerchantId } from '../../domain/payment/ids.ts';
import type { Credentials, MerchantSecrets } from './config.ts';
import { redact } from './redact.ts';

/** A merchant's secrets that were checked. */
export type CheckedMerchant = Readonly<{ credentials: Credentials; keys: readonly Uint8Array[] }>;

type Lookup = (merchantId: MerchantId) => MerchantSecrets | null;
/** The error is a sentence without the secrets. */
type Check = (merchantId: MerchantId, secrets: MerchantSecrets) => Result<CheckedMerchant, string>;

/** Many merchants' secrets, as the host's lookup gives them at each moment. What was checked is not checked again until it changes. */
export class Merchants {
  readonly #lookup: Lookup;
  readonly #check: Check;
  readonly #seen = new Map<MerchantId, Readonly<{ secrets: string; checked: CheckedMerchant | null }>>();
  readonly #told = new Set<string>();

  constructor(lookup: Lookup, check: Check) {
    this.#lookup = lookup;
    this.#check = check;
  }

  /** Null when there is no such merchant, or what the lookup gives cannot be used: that is told once. */
  find(merchantId: MerchantId): CheckedMerchant | null {
    let given: MerchantSecrets | null;
    try {
      given = this.#lookup(merchantId);
    } catch {
      return this.#tell(merchantId, 'the lookup in `merchants` threw an error.');
    }
    if (given === null || given === undefined) return null;
    const { apiKey, webhookSecrets } = given;
    const secrets = JSON.stringify([apiKey, webhookSecrets]);
    const seen = this.#seen.get(merchantId);
    if (seen?.secrets === secrets) return seen.checked;
    const checked = this.#check(merchantId, { apiKey, webhookSecrets }).match(
      (usable): CheckedMerchant | null => usable,
      (problem) => this.#tell(merchantId, problem),
    );
    this.#seen.set(merchantId, { secrets, checked });
    return checked;
  }

  #tell(merchantId: MerchantId, reason: string): null {
    const problem = redact(`merchant ${merchantId}: ${reason}`);
    if (!this.#told.has(problem)) process.emitWarning(problem, 'PaysessionPrahsys');
    this.#told.add(problem);
    return null;
  }
}
