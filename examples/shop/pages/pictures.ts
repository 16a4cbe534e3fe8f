/** Small drawings of the products, by sku. Colours are attributes: the pages' policy refuses inline styles. */
const drawing = (shapes: string): string =>
  `<svg viewBox="0 0 120 80" aria-hidden="true" focusable="false" fill="none" stroke="#27364b" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round">${shapes}</svg>`;

export const pictures: Readonly<Record<string, string>> = {
  NOTEBOOK: drawing(
    '<rect x="36" y="10" width="48" height="62" rx="4" fill="#c9dbe8"/><path d="M45 10v62"/><rect x="54" y="22" width="22" height="11" rx="2" fill="#fff"/><path d="M72 72v-8"/>',
  ),
  PEN: drawing(
    '<g transform="rotate(-35 60 40)"><rect x="50" y="31" width="54" height="18" rx="5" fill="#e6c98a"/><path d="M50 33H38l-20 7 20 7h12z" fill="#dfe7ee"/><path d="M18 40h16M70 31v18M88 31v18"/></g>',
  ),
  INK: drawing(
    '<path d="M48 12h24v12H48z" fill="#27364b"/><path d="M50 24c-14 5-18 14-18 24v18a6 6 0 0 0 6 6h44a6 6 0 0 0 6-6V48c0-10-4-19-18-24z" fill="#dfe7ee"/><path d="M34 52h52v14a5 5 0 0 1-5 5H39a5 5 0 0 1-5-5z" fill="#3a5f9a" stroke="none"/>',
  ),
  LAMP: drawing(
    '<path d="M44 72h36M62 72L46 42l24-20"/><path d="M64 12l26 16-8 12L58 22z" fill="#f0c75e"/><path d="M84 44l4 8M74 46l-2 8M92 38l8 4" stroke="#d9a520"/>',
  ),
};
