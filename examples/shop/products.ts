import { money, toDecimal } from 'paysession';

/** What the shop sells. Prices are whole minor units (cents) of the shop's one currency. */
export type Product = Readonly<{ sku: string; name: string; about: string; minor: number }>;

export const currency = 'USD';

export const products: readonly Product[] = [
  {
    sku: 'NOTEBOOK',
    name: 'Dotted notebook',
    about: 'A5, 192 pages, thread-bound, lies flat.',
    minor: 1_850,
  },
  { sku: 'PEN', name: 'Fountain pen', about: 'Brass body, steel nib, fine or medium.', minor: 6_400 },
  { sku: 'INK', name: 'Blue-black ink', about: '50 ml, dries in seconds, washes out of hands.', minor: 999 },
  { sku: 'LAMP', name: 'Reading lamp', about: 'Warm light, bends where you read.', minor: 8_990 },
];

/** How many of one product fit into an order. */
export const maxQuantity = 99;

/** An order's line: the product as it was priced when it was put there. */
export type Line = Readonly<{ sku: string; name: string; minor: number; quantity: number }>;

export type Item = Readonly<{ sku: string; quantity: number }>;

/** The items at today's prices; null for an item that is not in the catalogue. */
export const lineFor = ({ sku, quantity }: Item): Line | null => {
  const product = products.find((one) => one.sku === sku);
  return product === undefined ? null : { sku, name: product.name, minor: product.minor, quantity };
};

export const totalOf = (lines: readonly Line[]): number =>
  lines.reduce((sum, { minor, quantity }) => sum + minor * quantity, 0);

/** Minor units as decimal text in major units: 1850 is `18.50`. */
export const decimal = (minor: number): string => {
  const amount = money(minor, currency);
  if (amount.isErr()) throw new Error(`${minor} is no amount of ${currency}`);
  return toDecimal(amount.value);
};
