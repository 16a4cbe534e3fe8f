import type { Styles, StyleState } from './messages.ts';
import { isSafeStyle } from './safe-style.ts';

export type StateRules = ReadonlyMap<StyleState, CSSStyleRule>;

/** One rule per state of the element that `selector` finds, filled later through the CSS object model, which no value can break out of. */
export function styleRules(selector: string, focused = ':focus'): StateRules {
  const states: Record<StyleState, string> = {
    look: '',
    placeholder: '::placeholder',
    placeholderShown: ':placeholder-shown',
    hover: ':hover',
    focus: focused,
    valid: '[data-state="valid"]',
    invalid: '[data-state="error"]',
    invalidHover: '[data-state="error"]:hover',
  };
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const rules = Object.entries(states).map(([state, suffix], index) => {
    sheet.insertRule(`${selector}${suffix} {}`, index);
    return [state as StyleState, sheet.cssRules[index] as CSSStyleRule] as const;
  });
  return new Map(rules);
}

/** camelCase properties into the rule of a state, those that may be there. */
export function applyStyles(rules: StateRules, state: StyleState, styles: Styles, priority = ''): void {
  for (const [property, value] of Object.entries(styles)) {
    const name = property.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
    if (isSafeStyle(property, value)) rules.get(state)?.style.setProperty(name, String(value), priority);
  }
}
