/** Between the two in the middle when they are even in number. Throws when there are none. */
export function median(values: number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = Math.floor(ascending.length / 2);
  const upper = ascending[middle];
  if (upper === undefined) throw new Error('there is no median of nothing');
  return ascending.length % 2 ? upper : (ascending[middle - 1]! + upper) / 2;
}
