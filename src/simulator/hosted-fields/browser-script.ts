/** A function or class whose source text is sent to a browser; it may use the browser's globals and the other parts, nothing else. */
export type ScriptPart = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown);

/**
 * A classic script made of these constants and parts, run in a scope of its own; `start` is its last statement. Browser code is thus
 * written and type-checked as ordinary modules, and needs neither a bundler nor a copied asset: types are erased when Node runs the
 * sources and when tsc emits them, and what is left of a function is the function.
 */
export function browserScript(
  constants: Record<string, unknown>,
  parts: readonly ScriptPart[],
  start: string,
): string {
  const values = Object.entries(constants).map(([name, value]) => `const ${name} = ${literal(value)};`);
  return ['(() => {', "'use strict';", ...values, ...parts.map(String), start, '})();', ''].join('\n');
}

/** JSON that is safe inside a script element as well. */
export function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
