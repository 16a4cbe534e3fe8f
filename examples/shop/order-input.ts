import { scrub } from 'paysession';
import { badField } from './problem.ts';
import { lineFor, type Line, maxQuantity, products } from './products.ts';

/** What a client sends, checked: each function throws a `Problem` that names the field. */

/** The fields of a JSON object that may have these and no others. */
export const fieldsOf = (
  value: unknown,
  names: readonly string[],
  path = '',
): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badField(path || 'body', 'must be a JSON object.');
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  // An echoed name is cut and scrubbed: it may be anything that somebody typed.
  if (unknown !== undefined)
    throw badField(`${path && `${path}.`}${scrub(unknown.slice(0, 40))}`, 'is not a known field.');
  return value as Readonly<Record<string, unknown>>;
};

export const linesIn = (items: unknown): readonly Line[] => {
  if (!Array.isArray(items) || items.length === 0 || items.length > products.length)
    throw badField('items', `must be a list of 1 to ${products.length} items.`);
  const lines = items.map((item: unknown, index) => lineIn(item, `items[${index}]`));
  const again = lines.findIndex(({ sku }, index) => lines.findIndex((line) => line.sku === sku) < index);
  if (again >= 0) throw badField(`items[${again}].sku`, 'is there twice: say its quantity once.');
  return lines;
};

const lineIn = (item: unknown, path: string): Line => {
  const { sku, quantity } = fieldsOf(item, ['sku', 'quantity'], path);
  if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1 || quantity > maxQuantity)
    throw badField(`${path}.quantity`, `must be a whole number from 1 to ${maxQuantity}.`);
  const line = typeof sku === 'string' ? lineFor({ sku, quantity }) : null;
  if (line === null) throw badField(`${path}.sku`, 'is not one of our products.');
  return line;
};

/** Null when the customer gave none. */
export const emailIn = (email: unknown): string | null => {
  if (email === undefined || email === null || email === '') return null;
  const isAddress = typeof email === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email);
  if (!isAddress || scrub(email) !== email) throw badField('email', 'is not an e-mail address.');
  return email;
};
