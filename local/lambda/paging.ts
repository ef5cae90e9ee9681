import { invalidParameter } from './function-errors.ts';
import { checkRange } from './settings.ts';

/** One page of a list operation: `MaxItems` items after the one whose key is `Marker`. */
export function pageOf<T>(items: T[], query: URLSearchParams, keyOf: (item: T) => string): { page: T[]; NextMarker?: string } {
  const maxItems = query.get('MaxItems');
  if (maxItems) checkRange(Number(maxItems), 'maxItems', 1, 10_000);
  const size = Math.min(Number(maxItems ?? 50), 50);
  const marker = query.get('Marker');
  const before = marker ? items.findIndex((item) => keyOf(item) === marker) : -1;
  if (marker && before < 0) throw invalidParameter(`Invalid Marker: ${marker}`);
  const page = items.slice(before + 1, before + 1 + size);
  return before + 1 + size < items.length ? { page, NextMarker: keyOf(page.at(-1)!) } : { page };
}
