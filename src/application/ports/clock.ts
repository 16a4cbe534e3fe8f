/** Tells the time. */
export interface Clock {
  /** Milliseconds since 1970. It may jump: nobody relies on it to order what happens to a payment; versions do that. */
  now(): number;
}
