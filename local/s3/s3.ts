import { randomUUID } from 'node:crypto';
import { parseXML } from '@aws-sdk/xml-builder';
import { decodePath } from '../http-api-format.ts';
import { isObject, toServiceError } from '../json-protocol.ts';
import { element, xmlText } from '../query-protocol.ts';
import { type Ground, ServiceError, type WireRequest, type WireResponse, type WireService } from '../service.ts';
import type { Buckets, StoredObject } from './buckets.ts';
import { type Listing, listObjects, maxKeysOf } from './listing.ts';
import { readChecksums, readObjectHeaders, refuseUnknownHeaders } from './object-headers.ts';
import { BUCKET_SETTINGS, placeOf, s3OperationOf } from './operation-name.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const MOST_DELETED = 1000;

interface Call extends Pick<WireRequest, 'query' | 'headers' | 'body'> {
  bucket: string;
  /** Decoded. */
  key: string;
}

type Reply = Partial<WireResponse>;

/**
 * S3 as far as deployments need it: buckets and their settings, whole objects, lists of them. Paths name the bucket. What else
 * S3 can do (copies, parts, versions, ranges, conditions) is refused by name. A bucket's settings are kept and read back; none of
 * them is acted on.
 */
export function createS3({ region }: Pick<Ground, 'region'>, buckets: Buckets): WireService {
  const operations: Record<string, (call: Call) => Reply> = {
    ListBuckets() {
      const entries = buckets
        .all()
        .map(({ name, createdMs }) => element('Bucket', element('Name', name) + element('CreationDate', iso(createdMs))));
      return xml('ListAllMyBucketsResult', element('Buckets', entries.join('')));
    },

    CreateBucket({ bucket, body }) {
      const configuration = body.length ? readXml(body).CreateBucketConfiguration : undefined;
      const asked = isObject(configuration) ? configuration.LocationConstraint : undefined;
      if ((asked ?? 'us-east-1') !== region) {
        const message = `The ${asked ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`;
        throw new ServiceError('IllegalLocationConstraintException', message);
      }
      buckets.create(bucket);
      return { headers: { location: `/${bucket}` } };
    },

    HeadBucket({ bucket }) {
      buckets.find(bucket);
      return { headers: { 'x-amz-bucket-region': region } };
    },

    DeleteBucket({ bucket }) {
      buckets.remove(bucket);
      return { status: 204 };
    },

    GetBucketLocation({ bucket }) {
      buckets.find(bucket);
      return xml('LocationConstraint', region === 'us-east-1' ? '' : region);
    },

    PutObject(call) {
      refuseUnknownHeaders(call.headers);
      const checksums = readChecksums(call);
      const { etag } = buckets.put(call.bucket, { key: call.key, body: call.body, headers: readObjectHeaders(call.headers), checksums });
      return { headers: { etag, ...checksums } };
    },

    GetObject: (call) => readObject(call, buckets.object(call.bucket, call.key)),

    HeadObject(call) {
      const { headers } = readObject(call, buckets.object(call.bucket, call.key));
      return { headers };
    },

    DeleteObject({ bucket, key }) {
      buckets.find(bucket).objects.delete(key);
      return { status: 204 };
    },

    DeleteObjects({ bucket, body }) {
      const { objects } = buckets.find(bucket);
      const { Delete: asked } = readXml(body);
      if (!isObject(asked)) throw malformed();
      const entries = [asked.Object ?? []].flat() as Record<string, unknown>[];
      if (entries.length === 0 || entries.length > MOST_DELETED) throw malformed();
      const versioned = entries.find((entry) => Object.keys(entry).some((name) => name !== 'Key'));
      if (versioned)
        throw unsupported(
          `DeleteObjects with ${Object.keys(versioned)
            .filter((name) => name !== 'Key')
            .join(', ')}`,
        );
      for (const { Key } of entries) objects.delete(String(Key));
      const deleted = asked.Quiet === 'true' ? [] : entries.map(({ Key }) => element('Deleted', element('Key', xmlText(String(Key)))));
      return xml('DeleteResult', deleted.join(''));
    },

    ListObjectsV2({ bucket, query }) {
      return xml('ListBucketResult', describeListing(bucket, query, listObjects(buckets.find(bucket), query)));
    },
  };
  for (const [sub, name] of Object.entries(BUCKET_SETTINGS)) {
    operations[`Put${name}`] = ({ bucket, body }) => {
      buckets.find(bucket).settings.set(sub, body);
      return { status: sub === 'policy' || sub === 'tagging' ? 204 : 200 };
    };
    operations[`Get${name}`] = ({ bucket }) => {
      const body = buckets.find(bucket).settings.get(sub);
      if (body) return { headers: { 'content-type': sub === 'policy' ? 'application/json' : 'application/xml' }, body };
      if (sub === 'versioning') return xml('VersioningConfiguration', '');
      throw new ServiceError(...NO_SETTING[sub]!, 404);
    };
    operations[`Delete${name}`] = ({ bucket }) => {
      buckets.find(bucket).settings.delete(sub);
      return { status: 204 };
    };
  }
  // The query of a bucket's versioning can be put alone.
  delete operations.DeleteBucketVersioning;

  const run = (request: WireRequest): Reply => {
    const name = s3OperationOf(request);
    const operation = operations[name];
    if (!operation) throw unsupported(name);
    const { bucket, key: encoded } = placeOf(request.path);
    const key = decodePath(encoded);
    if (key === undefined) throw new ServiceError('InvalidURI', "Couldn't parse the specified URI.");
    return operation({ bucket, key, query: request.query, headers: { ...hoisted(request.query), ...request.headers }, body: request.body });
  };

  return {
    async handle(request) {
      const requestId = randomUUID();
      try {
        const { status = 200, headers, body = '' } = run(request);
        return { status, headers: { 'x-amz-request-id': requestId, ...headers }, body };
      } catch (error) {
        return refuse(toServiceError(error), request.method, requestId);
      }
    },
  };
}

const NO_SETTING: Record<string, [code: string, message: string]> = {
  tagging: ['NoSuchTagSet', 'The TagSet does not exist'],
  encryption: ['ServerSideEncryptionConfigurationNotFoundError', 'The server side encryption configuration was not found'],
  policy: ['NoSuchBucketPolicy', 'The bucket policy does not exist'],
  publicAccessBlock: ['NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found'],
  ownershipControls: ['OwnershipControlsNotFoundError', 'The bucket ownership controls were not found'],
};

/** Presigning moves headers of S3's own into the query. */
const hoisted = (query: URLSearchParams) =>
  Object.fromEntries([...query].map(([name, value]) => [name.toLowerCase(), value]).filter(([name]) => name!.startsWith('x-amz-')));

function readObject({ headers: asked, query }: Call, { etag, body, headers, checksums, modifiedMs }: StoredObject) {
  for (const name of ['range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']) {
    if (asked[name] !== undefined) throw unsupported(`the header ${name}`);
  }
  const [response] = [...query.keys()].filter((name) => name.startsWith('response-'));
  if (response) throw unsupported(response);
  return {
    body,
    headers: {
      ...headers,
      etag,
      'content-length': String(body.length),
      'last-modified': new Date(modifiedMs).toUTCString(),
      'accept-ranges': 'bytes',
      ...(asked['x-amz-checksum-mode'] === 'ENABLED' && checksums),
    },
  };
}

function describeListing(bucket: string, query: URLSearchParams, { objects, commonPrefixes, nextToken }: Listing): string {
  const isUrl = query.get('encoding-type') === 'url';
  const name = (text: string) => xmlText(isUrl ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const optional = (tag: string, value: string | null | undefined) => (value ? element(tag, name(value)) : '');
  return [
    element('Name', bucket),
    element('Prefix', name(query.get('prefix') ?? '')),
    optional('Delimiter', query.get('delimiter')),
    optional('StartAfter', query.get('start-after')),
    element('MaxKeys', String(maxKeysOf(query))),
    element('KeyCount', String(objects.length + commonPrefixes.length)),
    element('IsTruncated', String(nextToken !== undefined)),
    isUrl ? element('EncodingType', 'url') : '',
    nextToken ? element('NextContinuationToken', nextToken) : '',
    ...objects.map(({ key, etag, body, modifiedMs }) =>
      element(
        'Contents',
        element('Key', name(key)) +
          element('LastModified', iso(modifiedMs)) +
          element('ETag', xmlText(etag)) +
          element('Size', String(body.length)) +
          element('StorageClass', 'STANDARD'),
      ),
    ),
    ...commonPrefixes.map((prefix) => element('CommonPrefixes', element('Prefix', name(prefix)))),
  ].join('');
}

/** S3 tells a time in whole seconds. */
const iso = (ms: number) => new Date(Math.floor(ms / 1000) * 1000).toISOString();

const xml = (name: string, content: string): Reply => ({
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${NAMESPACE}">${content}</${name}>`,
});

function readXml(body: Buffer): Record<string, unknown> {
  try {
    return parseXML(body.toString()) as Record<string, unknown>;
  } catch {
    throw malformed();
  }
}

function refuse({ code, message, status, fields }: ServiceError, method: string, requestId: string): WireResponse {
  const more = Object.entries(fields).map(([name, value]) => element(name, xmlText(String(value))));
  const error = [element('Code', code), element('Message', xmlText(message)), ...more, element('RequestId', requestId)].join('');
  // There is nothing to read where HEAD was asked, also of what went wrong.
  const body = method === 'HEAD' ? '' : `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', error)}`;
  return { status, headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId }, body };
}

const malformed = () =>
  new ServiceError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
const unsupported = (what: string) => new ServiceError('NotImplemented', `the local AWS does not support ${what} of S3`, 501);
