import type { Role } from './roles.ts';

/**
 * What the merchant's page and a field's frame say to each other. Every message carries the page's random id, and both ends check origin
 * and source; no message carries what the payer typed.
 */

/** camelCase CSS properties, as the styling calls of the script take them. */
export type Styles = Readonly<Record<string, unknown>>;

/** A state in which a field can look different. */
export type StyleState =
  'look' | 'placeholder' | 'placeholderShown' | 'hover' | 'focus' | 'valid' | 'invalid' | 'invalidHover';

/** What is known of a field's value; null: nothing, as at first. */
export type FieldState = 'error' | 'valid' | null;

/** What a frame takes over from the merchant's element that it stands for. */
export type FieldSetup = {
  readonly attributes: Readonly<Record<string, string>>;
  readonly styles: readonly { readonly state: StyleState; readonly styles: Styles }[];
  /** The choices of a `<select>`; absent for an `<input>`. */
  readonly choices?: readonly { readonly value: string; readonly text: string }[];
};

/** How far a field's value is right. */
export type FieldCheck = {
  readonly isValid: boolean;
  readonly isEmpty: boolean;
  readonly isIncomplete: boolean;
  readonly hasError: boolean;
  readonly errorReason?: 'EMPTY' | 'INVALID_CHARACTERS' | 'INVALID_VALUE';
};

/** What the page asks of a frame; every request is answered by one reply. */
export type FrameRequest =
  | { readonly type: 'setup'; readonly setup: FieldSetup }
  | { readonly type: 'style'; readonly state: StyleState; readonly styles: Styles }
  | { readonly type: 'focus' }
  | { readonly type: 'check' }
  /** Show the field in this state until its value is sent again. */
  | { readonly type: 'mark'; readonly state: FieldState }
  /** Ask the server whether the session can take a card. */
  | { readonly type: 'open'; readonly session: string }
  /** Send this field's value to the server. */
  | { readonly type: 'stage'; readonly session: string; readonly batch: number }
  /** Have the server put the staged values into the session. */
  | {
      readonly type: 'finish';
      readonly session: string;
      readonly batch: number;
      readonly roles: readonly Role[];
    };

export type FieldEvent = 'focus' | 'blur' | 'change' | 'mouseover' | 'mouseout' | 'input';

/** What a frame says to the page. */
export type FrameMessage =
  | { readonly page: string; readonly type: 'loaded' | 'enter' }
  | { readonly page: string; readonly type: 'event'; readonly event: FieldEvent; readonly check: FieldCheck }
  | { readonly page: string; readonly type: 'reply'; readonly id: number; readonly reply: unknown };
