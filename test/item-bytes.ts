/** What DynamoDB counts: names and texts in UTF-8, a number by its digits, a little for each list, map and member. */
export function itemBytes(value: unknown): number {
  if (typeof value === 'number') return 2 + Math.ceil(String(value).replace(/e.*|[.-]/g, '').length / 2);
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + 1 + itemBytes(one), 3);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + itemBytes(one), 3);
  return 1;
}
