import { ServiceError } from '../service.ts';
import { type Bucket, byCode, type StoredObject } from './buckets.ts';

export interface Listing {
  objects: StoredObject[];
  commonPrefixes: string[];
  nextToken?: string;
}

const MOST_KEYS = 1000;

/** One page of a bucket's keys: ListObjectsV2. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjects(bucket: Bucket, query: URLSearchParams): Listing {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const after = query.has('continuation-token') ? readToken(query.get('continuation-token')!) : (query.get('start-after') ?? '');
  const objects: StoredObject[] = [];
  const commonPrefixes = new Set<string>();
  let last = '';
  for (const object of [...bucket.objects.values()].sort((a, b) => byCode(a.key, b.key))) {
    if (!object.key.startsWith(prefix)) continue;
    const end = delimiter ? object.key.indexOf(delimiter, prefix.length) : -1;
    const rolledUp = end < 0 ? undefined : object.key.slice(0, end + delimiter.length);
    if (byCode(rolledUp ?? object.key, after) <= 0) continue;
    if (rolledUp !== undefined && commonPrefixes.has(rolledUp)) continue;
    if (objects.length + commonPrefixes.size === maxKeysOf(query)) {
      return { objects, commonPrefixes: [...commonPrefixes], ...(last && { nextToken: Buffer.from(last).toString('base64url') }) };
    }
    if (rolledUp === undefined) objects.push(object);
    else commonPrefixes.add(rolledUp);
    last = rolledUp ?? object.key;
  }
  return { objects, commonPrefixes: [...commonPrefixes] };
}

export function maxKeysOf(query: URLSearchParams): number {
  const text = query.get('max-keys');
  if (text === null) return MOST_KEYS;
  if (!/^\d+$/.test(text)) throw new ServiceError('InvalidArgument', 'Provided max-keys not an integer or within integer range');
  return Math.min(Number(text), MOST_KEYS);
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (!key) throw new ServiceError('InvalidArgument', 'The continuation token provided is incorrect');
  return key;
}
