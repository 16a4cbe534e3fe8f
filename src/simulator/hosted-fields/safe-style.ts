/**
 * Whether a style may cross into a frame that holds card data. The gateway publishes no list; this one is the properties that the vendor
 * named, with their longhands. Values are held to plain words, numbers, colours and arithmetic: nothing that loads,
 * escapes, comments or ends a declaration.
 */
export function isSafeStyle(property: string, value: unknown): value is string | number {
  const properties =
    /^(color|colorScheme|caretColor|background(Color)?|font(Family|Size|Style|Weight|Variant|Stretch)?|lineHeight|letterSpacing|wordSpacing|text(Align|Decoration|DecorationColor|DecorationLine|DecorationStyle|Transform|Indent|Shadow)|direction|border(Top|Right|Bottom|Left)?(Color|Width|Style)?|border(TopLeft|TopRight|BottomLeft|BottomRight)?Radius|boxShadow|outline(Color|Width|Style|Offset)?|(padding|margin)(Top|Right|Bottom|Left)?|width|height|opacity|transition)$/;
  const functions = /^(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|calc|min|max|clamp|cubic-bezier)$/;
  if (!properties.test(property)) return false;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'string' || value.length > 300) return false;
  if (!/^[\w\s#%.,()'"+*/-]*$/.test(value) || /\/\*|\/\/|expression|javascript/i.test(value)) return false;
  return [...value.matchAll(/([\w-]*)\s*\(/g)].every(
    (call) => call[1] === '' || functions.test(String(call[1]).toLowerCase()),
  );
}
