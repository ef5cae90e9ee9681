import { ReleaseError } from './errors.ts';

/**
 * Teal is upgraded while releases are in flight: an execution keeps the state machine that it began with, and its
 * record stays as it was written. So what passes between them carries a version, and every function reads the last two.
 *
 * 1: states say no version. 2: states say theirs; the record is as it was. Fields that a record gained since do not count: who
 * reads one without them fills them in (`completed` in record.ts).
 */
export const FORMAT_VERSION = 2;
const READABLE: readonly number[] = [FORMAT_VERSION - 1, FORMAT_VERSION];

export const isReadable = (version: number): boolean => READABLE.includes(version);

/** Throws FormatUnknown, which the state machine tries again: while an upgrade is under way the next try meets newer code. */
export function assertReadable(what: string, version: number): void {
  if (isReadable(version)) return;
  throw new ReleaseError(
    'FormatUnknown',
    `${what} has format ${version}, and this version of Teal reads ${READABLE.join(' and ')}: deploy the Teal that wrote it, or one next to it`,
  );
}
