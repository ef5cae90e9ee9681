import { ServiceError } from '../service.ts';

const DEFAULT_RESULTS = 100;
const MAX_RESULTS = 1000;

/** One page of `items`; a token names the last item of the page before. */
export function pageOf<Item>(items: Item[], keyOf: (item: Item) => string, input: { maxResults?: unknown; nextToken?: unknown }) {
  const start = input.nextToken === undefined ? 0 : startAfter(items.map(keyOf), String(input.nextToken));
  const page = items.slice(start, start + pageSize(input.maxResults));
  const isLast = start + page.length >= items.length;
  return { page, nextToken: isLast ? undefined : Buffer.from(keyOf(page.at(-1)!)).toString('base64url') };
}

function pageSize(given: unknown): number {
  if (given === undefined || given === 0) return DEFAULT_RESULTS;
  if (typeof given === 'number' && Number.isInteger(given) && given > 0 && given <= MAX_RESULTS) return given;
  throw new ServiceError('ValidationException', `maxResults must be an integer from 0 to ${MAX_RESULTS}`);
}

function startAfter(keys: string[], token: string): number {
  const index = keys.indexOf(Buffer.from(token, 'base64url').toString());
  if (index === -1) throw new ServiceError('InvalidToken', `Invalid Token: '${token}'`);
  return index + 1;
}
