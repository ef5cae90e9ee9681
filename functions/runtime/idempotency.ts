import { readIdempotency } from '../release/call.ts';
import { type Call, invalid, Problem } from './http.ts';

/** The Idempotency-Key of a call, with a hash of what it says; undefined without one. Answers 400 to what cannot be a key. */
export function idempotencyOf(call: Call, said: unknown): { key: string; bodyHash: string } | undefined {
  const read = readIdempotency(call.headers, said);
  if (read && 'wrong' in read) throw invalid(read.wrong);
  return read;
}

/** Answers 422. */
export const usedBefore = (detail: string): Problem => new Problem(422, 'Idempotency key used before', detail);
