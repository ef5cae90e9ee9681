interface AnyRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  query?: URLSearchParams;
}

/** What S3 keeps of a bucket beside its objects, by the name in the query. */
export const BUCKET_SETTINGS: Record<string, string> = {
  tagging: 'BucketTagging',
  encryption: 'BucketEncryption',
  policy: 'BucketPolicy',
  versioning: 'BucketVersioning',
  publicAccessBlock: 'PublicAccessBlock',
  ownershipControls: 'BucketOwnershipControls',
};

/** Queries that only say how: with any other one it is another operation. */
const PLAIN = ['x-id', 'list-type', 'prefix', 'delimiter', 'max-keys', 'continuation-token', 'start-after', 'encoding-type', 'fetch-owner'];

/** The bucket and the key that a request's path names, still percent-encoded. */
export function placeOf(path: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket, key };
}

/** S3's operation by method, path and the name in the query that says what of it is meant; method and path themselves when it is none of those. */
export function s3OperationOf({ method, path, headers, query = new URLSearchParams() }: AnyRequest): string {
  const other = `${method} ${path}`;
  const { bucket, key } = placeOf(path);
  const meant = [...query.keys()].filter((name) => !PLAIN.includes(name) && !/^x-amz-/i.test(name) && !name.startsWith('response-'));
  const [sub] = meant;
  if (!bucket) return method === 'GET' && !sub ? 'ListBuckets' : other;
  if (key) {
    const verb = { PUT: 'Put', GET: 'Get', HEAD: 'Head', DELETE: 'Delete' }[method];
    if (!verb || sub) return `${other}${sub ? `?${sub}` : ''}`;
    return method === 'PUT' && headers['x-amz-copy-source'] ? 'CopyObject' : `${verb}Object`;
  }
  if (sub) {
    const setting = BUCKET_SETTINGS[sub];
    if (setting && ['PUT', 'GET', 'DELETE'].includes(method)) return `${method[0]}${method.slice(1).toLowerCase()}${setting}`;
    if (method === 'GET' && sub === 'location') return 'GetBucketLocation';
    if (method === 'GET' && sub === 'versions') return 'ListObjectVersions';
    if (method === 'POST' && sub === 'delete') return 'DeleteObjects';
    return `${other}?${sub}`;
  }
  if (method === 'GET') return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
  return { PUT: 'CreateBucket', HEAD: 'HeadBucket', DELETE: 'DeleteBucket' }[method] ?? other;
}
