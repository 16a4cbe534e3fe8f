/** The calls that work on a payment. */
export type PaymentOperation = 'pay' | 'authorize' | 'verify' | 'capture' | 'void' | 'refund';
type Verb = 'PUT' | 'POST';

/** What the vendor's documents leave open about the payment dialect; README.md of the adapter says what to ask. */
export type PaymentDialectSettings = Readonly<{
  /** The method of the six operations, or of some of them; PUT where nothing is said. */
  verbs?: Verb | Partial<Readonly<Record<PaymentOperation, Verb>>> | undefined;
  /** `session`: today's script, one for each session; `merchant`: the older one, which the page speaks to as in the order dialect. */
  script?: 'session' | 'merchant' | undefined;
  /**
   * What a 404 in the gateway's own envelope proves when a payment is read. `unclear`, the default: nothing, since a wrong key or the
   * other environment answers it too. `nothing`: that nothing was charged, where unpaid payments cannot be read.
   */
  missingPayment?: 'unclear' | 'nothing' | undefined;
}>;

const operations: readonly string[] = ['pay', 'authorize', 'verify', 'capture', 'void', 'refund'];
const verbs: readonly unknown[] = ['PUT', 'POST'];

/** What is wrong with settings that came from outside; null when nothing is. */
export const problemOf = ({
  verbs: given = 'PUT',
  script,
  missingPayment,
  ...others
}: PaymentDialectSettings): string | null => {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `has ${unknown}, which is no setting`;
  const named = typeof given === 'string' ? {} : given;
  const all = typeof given === 'string' ? [given] : Object.values(given);
  if (
    !Object.keys(named).every((name) => operations.includes(name)) ||
    !all.every((verb) => verbs.includes(verb))
  ) {
    return 'has verbs other than PUT and POST, or of an operation that there is not';
  }
  if (![undefined, 'session', 'merchant'].includes(script))
    return 'has a script other than session and merchant';
  if (![undefined, 'unclear', 'nothing'].includes(missingPayment)) {
    return 'has a missingPayment other than unclear and nothing';
  }
  return null;
};

export const verbOf = (
  { verbs: given = 'PUT' }: PaymentDialectSettings,
  operation: PaymentOperation,
): Verb => (typeof given === 'string' ? given : (given[operation] ?? 'PUT'));
