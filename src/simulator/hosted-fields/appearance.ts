import type { FieldSetup, Styles } from './messages.ts';
import { roleTraits, type Role } from './roles.ts';

/** An element of the merchant's page that may become a hosted field. */
export type FormElement = HTMLInputElement | HTMLSelectElement;

type FieldFrameElement = HTMLIFrameElement & { hostedFieldOf?: FormElement };

/** Fields of a form, or of a form of an earlier load of this script, give way to the element that they replaced. */
export function findElement(selector: string): FormElement {
  const found: Element | null = document.querySelector(selector);
  const element = found instanceof HTMLIFrameElement ? restoreElement(found) : found;
  if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) return element;
  throw new Error(found ? `${selector} is no input or select.` : `No element matches ${selector}.`);
}

export function restoreElement(frame: FieldFrameElement): FormElement | undefined {
  const element = frame.hostedFieldOf;
  if (element) frame.replaceWith(element);
  return element;
}

/** What a frame needs to look and read like the merchant's element: taken while the element is still in the page. */
export function setupLike(element: FormElement, role: Role): FieldSetup {
  const choices =
    element instanceof HTMLSelectElement
      ? { choices: [...element.options].map(({ value, text }) => ({ value, text })) }
      : {};
  return {
    attributes: attributesOf(element, role),
    styles: [
      { state: 'look', styles: lookOf(element) },
      { state: 'placeholder', styles: { color: getComputedStyle(element, '::placeholder').color } },
    ],
    ...choices,
  };
}

/** The visible traits of an element, without its place in the layout: those stay with the frame's element. */
export function lookOf(element: Element): Styles {
  const computed = getComputedStyle(element);
  const sides = ['Top', 'Right', 'Bottom', 'Left'];
  const text =
    'fontFamily fontSize fontStyle fontWeight lineHeight letterSpacing textAlign textTransform textIndent';
  const names = [
    ...'color backgroundColor caretColor colorScheme direction opacity boxShadow'.split(' '),
    ...text.split(' '),
    ...sides.flatMap((side) => [
      `padding${side}`,
      ...['Width', 'Style', 'Color'].map((part) => `border${side}${part}`),
    ]),
    ...['TopLeft', 'TopRight', 'BottomLeft', 'BottomRight'].map((corner) => `border${corner}Radius`),
  ];
  return Object.fromEntries(names.map((name) => [name, Reflect.get(computed, name)]));
}

/** ARIA attributes that point to other elements mean nothing in another document, so their text goes across instead. */
export function attributesOf(element: FormElement, role: Role): Record<string, string> {
  const pointers =
    /^aria-(labelledby|describedby|details|errormessage|controls|owns|flowto|activedescendant|invalid)$/;
  const copied = [...element.attributes]
    .filter(({ name }) => /^(aria-[a-z]+|placeholder|title)$/.test(name) && !pointers.test(name))
    .map(({ name, value }) => [name, value]);
  const description = textOf(element, 'aria-describedby');
  return {
    ...(description && { 'aria-description': description }),
    ...Object.fromEntries(copied),
    'aria-label': nameOf(element) ?? roleTraits[role].label,
  };
}

/** The element's accessible name as the page gives it: referenced text, `aria-label`, its label, its title. */
export function nameOf(element: FormElement): string | undefined {
  const texts = [...(element.labels ?? [])].flatMap((label) =>
    [...label.childNodes].filter((node) => node !== element && node.nodeType !== Node.COMMENT_NODE),
  );
  const label = texts
    .map((node) => node.textContent)
    .join('')
    .trim()
    .replace(/\s*[:*]+$/, '');
  return (
    textOf(element, 'aria-labelledby') ||
    element.getAttribute('aria-label') ||
    label ||
    element.title ||
    undefined
  );
}

export function textOf(element: Element, attribute: string): string {
  const ids = element.getAttribute(attribute)?.split(/\s+/) ?? [];
  return ids
    .map((id) => document.getElementById(id)?.textContent.trim() ?? '')
    .join(' ')
    .trim();
}

/**
 * Puts a frame in the element's place. The frame keeps the element's id and classes, so that the page's selectors go on finding it, and
 * takes over its layout wherever the page's own rules do not give the frame the same.
 */
export function replaceByFrame(
  element: FormElement,
  role: Role,
  src: string,
  bordersOutside: boolean,
): FieldFrameElement {
  const frame: FieldFrameElement = document.createElement('iframe');
  frame.hostedFieldOf = element;
  frame.src = src;
  frame.id = element.id;
  frame.className = `${element.className} gw-proxy-${role}`.trim();
  frame.title = element.title || (nameOf(element) ?? roleTraits[role].label);
  const tabindex = element.getAttribute('tabindex');
  if (tabindex !== null) frame.setAttribute('tabindex', tabindex);
  const layout = layoutOf(element);
  element.replaceWith(frame);
  const bare = {
    padding: '0',
    background: 'transparent',
    opacity: '1',
    'box-sizing': 'border-box',
    ...(!bordersOutside && { border: '0', 'box-shadow': 'none', outline: '0' }),
  };
  for (const [name, value] of Object.entries(bare)) frame.style.setProperty(name, value, 'important');
  for (const [name, value] of Object.entries(layout)) {
    if (getComputedStyle(frame).getPropertyValue(name) !== value) frame.style.setProperty(name, value);
  }
  return frame;
}

export function layoutOf(element: FormElement): Record<string, string> {
  const computed = getComputedStyle(element);
  const names = [
    ...'display float vertical-align max-width min-width color-scheme order'.split(' '),
    ...'margin-top margin-right margin-bottom margin-left flex-grow flex-shrink flex-basis'.split(' '),
    ...'align-self justify-self grid-row-start grid-row-end grid-column-start grid-column-end'.split(' '),
  ];
  const layout = Object.fromEntries(names.map((name) => [name, computed.getPropertyValue(name)]));
  // The computed value keeps "100%", where the resolved one is today's pixels and would not follow a narrower window.
  const width = 'computedStyleMap' in element ? String(element.computedStyleMap().get('width')) : 'auto';
  const box = element.getBoundingClientRect();
  const textHeight = parseFloat(computed.lineHeight) || parseFloat(computed.fontSize) * 1.2;
  const edges = ['padding-top', 'padding-bottom', 'border-top-width', 'border-bottom-width'];
  const hiddenHeight = edges.reduce(
    (sum, edge) => sum + parseFloat(computed.getPropertyValue(edge)),
    textHeight,
  );
  return {
    ...layout,
    width: width.includes('%') ? width : box.width > 0 ? `${box.width}px` : computed.width,
    height: `${box.height || hiddenHeight}px`,
    // A frame has no baseline of text: its foot would stand on the line.
    ...(computed.verticalAlign === 'baseline' && { 'vertical-align': 'middle' }),
  };
}
