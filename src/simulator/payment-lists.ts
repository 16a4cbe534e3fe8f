import type { Context } from 'hono';
import { invalid } from './refusal.ts';
import type { Settings } from './settings.ts';

const DEFAULT_LIMIT = 10;
const LARGEST_LIMIT = 100;

type Row = Readonly<Record<string, unknown>>;
type Condition = {
  readonly attribute: string;
  readonly operator: string;
  readonly values: readonly string[];
};

/**
 * A page of rows as the query asks for it: `filter[attr]=v1,v2`, an operator before the value (`filter[amount]=>=500`),
 * `null` for no value; `sort=-attr,attr`; `limit` and `offset`. Attributes that lists do not know are refused.
 */
export function page(
  c: Context,
  settings: Settings,
  rows: readonly Row[],
  attributes: readonly string[],
): Record<string, unknown> {
  const refuse = (field: string, what: string) => invalid(settings.validationStatus, { [field]: [what] });
  const conditions = conditionsOf(c.req.queries());
  const order = (c.req.query('sort') ?? '').split(',').filter(Boolean);
  for (const { attribute } of conditions)
    if (!attributes.includes(attribute)) throw refuse(`filter[${attribute}]`, 'is not a filter');
  for (const key of order)
    if (!attributes.includes(key.replace('-', ''))) throw refuse('sort', `cannot be ${key}`);
  const limit = wholeNumber(c.req.query('limit') ?? String(DEFAULT_LIMIT));
  if (!limit || limit > LARGEST_LIMIT) throw refuse('limit', `must be from 1 to ${LARGEST_LIMIT}`);
  const offset = wholeNumber(c.req.query('offset') ?? '0');
  if (offset === undefined) throw refuse('offset', 'must be a whole number');
  const found = rows.filter((row) => conditions.every((condition) => holds(row, condition)));
  const sorted = found.toSorted((a, b) => compareBy(order, a, b));
  return { data: sorted.slice(offset, offset + limit), limit, offset, total: found.length };
}

function conditionsOf(queries: Record<string, string[]>): readonly Condition[] {
  return Object.entries(queries).flatMap(([name, texts]) => {
    const [, attribute] = /^filter\[(.+)\]$/.exec(name) ?? [];
    if (attribute === undefined || attribute === 'hasTransactions') return [];
    return texts.map((text) => {
      const [, operator = '', rest = ''] = /^(!=|<=|>=|=|<|>)?(.*)$/s.exec(text) ?? [];
      return { attribute, operator: operator || '=', values: rest.split(',') };
    });
  });
}

function holds(row: Row, { attribute, operator, values }: Condition): boolean {
  const value = valueAt(row, attribute);
  const isOneOf = values.some((text) => compare(value, text) === 0);
  if (operator === '=' || operator === '!=') return isOneOf === (operator === '=');
  if (value === null || value === undefined) return false;
  const order = compare(value, values[0]);
  const isBeyond = operator.startsWith('<') ? order < 0 : order > 0;
  return isBeyond || (operator.length === 2 && order === 0);
}

function compareBy(order: readonly string[], a: Row, b: Row): number {
  for (const key of order) {
    const attribute = key.replace('-', '');
    const found = compare(valueAt(a, attribute), valueAt(b, attribute));
    if (found !== 0) return key.startsWith('-') ? -found : found;
  }
  return 0;
}

/** Numbers by their size, anything else by its text; nothing is `null`. */
function compare(a: unknown, b: unknown): number {
  const [left, right] = [String(a ?? 'null'), String(b ?? 'null')];
  if (left === right) return 0;
  const difference = Number(left) - Number(right);
  if (!Number.isNaN(difference)) return difference;
  return left < right ? -1 : 1;
}

function valueAt(row: Row, attribute: string): unknown {
  return attribute
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      row,
    );
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
