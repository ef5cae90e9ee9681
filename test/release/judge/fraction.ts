/** Exact arithmetic, for what doubles can only come near to. */
export interface Fraction {
  up: bigint;
  down: bigint;
}

export const fraction = (up: number | bigint, down: number | bigint = 1): Fraction => ({ up: BigInt(up), down: BigInt(down) });
export const plus = (a: Fraction, b: Fraction): Fraction => reduced({ up: a.up * b.down + b.up * a.down, down: a.down * b.down });
export const times = (a: Fraction, b: Fraction): Fraction => reduced({ up: a.up * b.up, down: a.down * b.down });
export const over = (a: Fraction, b: Fraction): Fraction => reduced({ up: a.up * b.down, down: a.down * b.up });
export const power = (a: Fraction, n: number): Fraction => ({ up: a.up ** BigInt(n), down: a.down ** BigInt(n) });
export const isAtMost = (a: Fraction, b: Fraction): boolean => a.up * b.down <= b.up * a.down;
export const isSame = (a: Fraction, b: Fraction): boolean => a.up * b.down === b.up * a.down;
export const sumOf = (all: Fraction[]): Fraction => all.reduce(plus, fraction(0));

/** The nearest double, also where numerator and denominator are beyond any double. */
export function toNumber({ up, down }: Fraction): number {
  const shift = 64 - (up.toString(2).length - down.toString(2).length);
  const scaled = shift >= 0 ? (up << BigInt(shift)) / down : up / (down << BigInt(-shift));
  return Number(scaled) * 2 ** -shift;
}

function reduced({ up, down }: Fraction): Fraction {
  let [a, b] = [up, down];
  while (b > 0n) [a, b] = [b, a % b];
  return { up: up / a, down: down / a };
}

/** C(n, k). */
export function choose(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  let result = 1n;
  for (let i = 1; i <= k; i++) result = (result * BigInt(n - k + i)) / BigInt(i);
  return result;
}
