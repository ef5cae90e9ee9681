import { constraint, type Fields, invalid, isObject, readList, refuseUnknownKeys } from '../json-protocol.ts';
import type { BusEvent } from '../service.ts';

/** What a producer may say of an event; the bus adds the rest. */
export interface NewEvent extends Pick<BusEvent, 'source' | 'detail-type' | 'detail'> {
  resources?: string[];
  atMs?: number;
}

export interface RefusedEntry {
  ErrorCode: string;
  ErrorMessage: string;
}

const MOST_ENTRIES = 10;
/** All entries together; it was 256 KB until 2026. */
const MOST_BYTES = 1_048_576;

/** The entries of a PutEvents request in order: an event each, or why EventBridge fails that entry. */
export function readEntries(input: Fields): (NewEvent | RefusedEntry)[] {
  refuseUnknownKeys(input, ['Entries'], 'PutEvents');
  const entries = readList(input, 'Entries', { min: 1, max: MOST_ENTRIES }).map((entry) => {
    if (!isObject(entry)) throw constraint(entry, 'Entries', 'be structures');
    refuseUnknownKeys(entry, ['Time', 'Source', 'Resources', 'DetailType', 'Detail', 'EventBusName'], 'PutEvents');
    return entry;
  });
  if (entries.reduce((sum, entry) => sum + entryBytes(entry), 0) > MOST_BYTES) {
    throw invalid('Total size of the entries in the request is over the limit.');
  }
  return entries.map(readEntry);
}

export const isRefused = (entry: NewEvent | RefusedEntry): entry is RefusedEntry => 'ErrorCode' in entry;

function readEntry(entry: Fields): NewEvent | RefusedEntry {
  for (const key of ['Source', 'DetailType', 'Detail']) {
    if (typeof entry[key] !== 'string' || entry[key] === '') {
      return refused('InvalidArgument', `Parameter ${key} is not valid. Reason: ${key} is a required argument.`);
    }
  }
  const source = entry.Source as string;
  if (source.toLowerCase().startsWith('aws.')) return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  let detail: unknown;
  try {
    detail = JSON.parse(entry.Detail as string);
  } catch {}
  if (!isObject(detail)) return refused('MalformedDetail', 'Detail is malformed.');
  return {
    source,
    'detail-type': entry.DetailType as string,
    detail,
    resources: (entry.Resources as string[] | undefined) ?? [],
    atMs: typeof entry.Time === 'number' ? entry.Time * 1000 : undefined,
  };
}

const refused = (ErrorCode: string, ErrorMessage: string): RefusedEntry => ({ ErrorCode, ErrorMessage });

/** As EventBridge counts: 14 bytes for a time, and the UTF-8 of the other members. */
function entryBytes(entry: Fields): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...((entry.Resources as unknown[] | undefined) ?? [])];
  return texts.reduce<number>((sum, text) => sum + Buffer.byteLength(String(text ?? '')), entry.Time == null ? 0 : 14);
}
