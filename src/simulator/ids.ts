import { createHash, randomBytes } from 'node:crypto';

/**
 * Ids of the documented shapes. They follow from the seed and how many were made, so a run with a given seed repeats
 * itself; without one they are random, and never meet those of an earlier run that a shop's database remembers.
 */
export class Ids {
  readonly #seed: string;
  /** How many values were made so far. */
  made = 0;

  constructor(seed = randomBytes(16).toString('hex')) {
    this.#seed = seed;
  }

  /** `SESSION` and 24 more characters: 13 digits that begin with 000, a letter, 7 digits, a letter, 2 digits. */
  session(): string {
    const hex = this.#next();
    const digits = BigInt(`0x${hex.slice(0, 32)}`)
      .toString()
      .slice(-19)
      .padStart(19, '0');
    const letters = [...hex.slice(32, 34)].map((char) =>
      'ABCDEFGHJKLMNPQR'.charAt(Number.parseInt(char, 16)),
    );
    return `SESSION000${digits.slice(0, 10)}${letters[0]}${digits.slice(10, 17)}${letters[1]}${digits.slice(17)}`;
  }

  successIndicator(): string {
    return this.#next().slice(0, 16);
  }

  sessionVersion(): string {
    return this.#next().slice(0, 10);
  }

  /** A UUID, version 4 in form. */
  transaction(): string {
    const hex = this.#next();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** `payment-` and hex, as the examples of generated payment ids have it. */
  payment(): string {
    return `payment-${this.#next().slice(0, 16)}`;
  }

  /** The id of a webhook message: `msg_` and 27 characters, as Svix makes them. */
  message(): string {
    return `msg_${this.#next().slice(0, 27)}`;
  }

  /** Six characters, as acquirers write them. */
  authorizationCode(): string {
    return this.#next().slice(0, 6).toUpperCase();
  }

  /** System trace audit number: six digits. */
  stan(): string {
    return String(Number.parseInt(this.#next().slice(0, 8), 16) % 1_000_000).padStart(6, '0');
  }

  #next(): string {
    this.made += 1;
    return createHash('sha256').update(`${this.#seed}:${this.made}`).digest('hex');
  }
}
