import type { Change } from './changes.ts';
import { assertUndecided, type ReleaseRecord, type SentCommand } from './record.ts';

/** Who sends a command again does so within minutes, and so many others do not come in between. */
const MOST_REMEMBERED = 10;

/** The command that a release has taken under this key. */
export const commandTaken = ({ commandsTaken = [] }: ReleaseRecord, key: string): SentCommand | undefined =>
  commandsTaken.find((taken) => taken.key === key);

/**
 * What a person's command does to a release: once, however often it is sent under its key. `sent` is undefined for a command
 * without a key, which does it each time. Throws ReleaseOver when the release is over or decided and has not taken it before.
 */
export const takeCommand =
  (sent: SentCommand | undefined, change: Change): Change =>
  (record) => {
    if (sent && commandTaken(record, sent.key)) return undefined;
    assertUndecided(record);
    const next = change(record);
    return next && sent ? { ...next, commandsTaken: [...(next.commandsTaken ?? []), sent].slice(-MOST_REMEMBERED) } : next;
  };
