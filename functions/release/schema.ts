import * as v from 'valibot';

/** Pieces of the schema of a release. */

/** An object that is no list; `what` says so of anything else. */
export const plainObject = (what: string) =>
  v.custom<Record<string, unknown>>((input) => typeof input === 'object' && input !== null && !Array.isArray(input), what);

/** An object with these fields and no others; each other one is told. */
export const known = <const Entries extends v.ObjectEntries>(entries: Entries, what = 'is an object', whose = 'a release') =>
  v.pipe(plainObject(what), v.objectWithRest(entries, v.never(`is not a field of ${whose} that this version of Teal knows`)));

export const text = (most: number) => v.pipe(v.string('is text'), v.maxLength(most, `has at most ${most} characters`));

/** Where a request names one of its targets: "orders-api", or "orders-api:live". */
export const targetName = v.pipe(v.string('names a target'), v.maxLength(193, 'names a target'));

/** One thing that is wrong with a request: where (`targets[1].alias`, "" for the whole) and what. */
export interface WrongField {
  field: string;
  message: string;
}
