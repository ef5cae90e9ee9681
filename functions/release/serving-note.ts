/**
 * What Teal writes at the end of an alias's description when it puts a version in service: which, and which served before. So the
 * way back is known from Lambda alone, for `teal rollback --direct`, and for whoever looks at the alias in the console.
 */
export interface ServingNote {
  /** What the note is about: it says nothing of an alias that is on another version. */
  version: string;
  /** The version that served before; undefined after a rollback. */
  before?: string;
  /** Of a rollback: the version that it took out of service. */
  rolledBackFrom?: string;
  /** Of a rollback that somebody did without Teal. */
  direct?: DirectRollback;
}

export interface DirectRollback {
  at: string;
  /** Who did it, as he says himself: an ARN. */
  by: string;
  reason: string;
}

/** Lambda's limit of a description. */
const MOST_CHARACTERS = 256;
const NOTE =
  / ?\[Teal: version (\d+)(?:, before it (\d+)|, rolled back from (\d+)(?: without Teal at (\d{4}-[\d:.T-]+Z) by (\S+): (.*))?)?\]$/s;

/** The note of a description; undefined when it has none. */
export function readServingNote(description: string | undefined): ServingNote | undefined {
  const [found, version, before, rolledBackFrom, at, by, reason] = NOTE.exec(description ?? '') ?? [];
  if (!found || !version) return undefined;
  const isDirect = at !== undefined && by !== undefined && !Number.isNaN(Date.parse(at));
  return {
    version,
    ...(before && { before }),
    ...(rolledBackFrom && { rolledBackFrom }),
    ...(isDirect && { direct: { at: new Date(at).toISOString(), by, reason: reason ?? '' } }),
  };
}

/** A description as somebody else wrote it. */
export const withoutServingNote = (description: string | undefined): string => (description ?? '').replace(NOTE, '');

/**
 * A description with this note in place of the one before. What somebody else wrote stays whole: where there is no room the reason
 * of a direct rollback is cut, and where there is none for the rest the note is left out.
 */
export function withServingNote(description: string | undefined, note: ServingNote): string {
  const own = withoutServingNote(description);
  const room = MOST_CHARACTERS - own.length - (own === '' ? 0 : 1);
  const excess = formatNote(note).length - room;
  const { direct } = note;
  const reason = direct && excess > 0 ? `${direct.reason.slice(0, Math.max(0, direct.reason.length - excess - 1))}…` : direct?.reason;
  const text = formatNote(direct ? { ...note, direct: { ...direct, reason: reason! } } : note);
  if (text.length > room) return own;
  return own === '' ? text : `${own} ${text}`;
}

function formatNote({ version, before, rolledBackFrom, direct }: ServingNote): string {
  const how = direct ? ` without Teal at ${direct.at} by ${direct.by}: ${direct.reason}` : '';
  const since = rolledBackFrom ? `, rolled back from ${rolledBackFrom}${how}` : before ? `, before it ${before}` : '';
  return `[Teal: version ${version}${since}]`;
}
