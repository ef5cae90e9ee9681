import { StateError } from './state-error.ts';

/** What a state may take in or give out. */
export const MAX_PAYLOAD_BYTES = 262_144;

/** `value` as JSON text, by whose round trip states see it. Throws States.DataLimitExceeded when it is too big. */
export function toPayload(value: unknown, state: string): string {
  return checkPayload(JSON.stringify(value) ?? 'null', state);
}

/** Throws States.DataLimitExceeded when `text` is too big. */
export function checkPayload(text: string, state: string): string {
  if (Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES) return text;
  const cause = `The state/task '${state}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  throw new StateError('States.DataLimitExceeded', cause);
}
