import type { Minute } from '../../functions/release/judge/minute.ts';

/** Watches one release: given one more whole minute, says whether it would revert now. */
export type Watch = (minute: Minute) => boolean;
