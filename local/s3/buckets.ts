import { createHash } from 'node:crypto';
import { type Ground, ServiceError } from '../service.ts';

export interface Bucket {
  name: string;
  createdMs: number;
  /** What was put and is read back as it was, by the name in the query. */
  settings: Map<string, Buffer>;
  /** By key. */
  objects: Map<string, StoredObject>;
}

export interface StoredObject {
  key: string;
  body: Buffer;
  /** In quotes, as it is on the wire. */
  etag: string;
  /** Headers that come back with it: content type and the like, and the user's own. */
  headers: Record<string, string>;
  /** `x-amz-checksum-…`, for those who ask. */
  checksums: Record<string, string>;
  modifiedMs: number;
}

const NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export type Buckets = ReturnType<typeof createBuckets>;

/** The account's buckets, with what is in them. */
export function createBuckets({ region, clock }: Pick<Ground, 'region' | 'clock'>) {
  const buckets = new Map<string, Bucket>();

  return {
    all: () => [...buckets.values()].sort((a, b) => byCode(a.name, b.name)),

    has: (name: string): boolean => buckets.has(name),

    /** Throws NoSuchBucket. */
    find(name: string): Bucket {
      const bucket = buckets.get(name);
      if (!bucket) throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: name });
      return bucket;
    },

    /** Throws InvalidBucketName and BucketAlreadyOwnedByYou. */
    create(name: string): Bucket {
      if (!NAME.test(name)) throw new ServiceError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });
      const existing = buckets.get(name);
      // For the oldest region S3 says that all is well.
      if (existing && region === 'us-east-1') return existing;
      if (existing) {
        const message = 'Your previous request to create the named bucket succeeded and you already own it.';
        throw new ServiceError('BucketAlreadyOwnedByYou', message, 409, { BucketName: name });
      }
      const bucket: Bucket = { name, createdMs: clock.nowMs(), settings: new Map(), objects: new Map() };
      buckets.set(name, bucket);
      return bucket;
    },

    /** Throws NoSuchBucket and BucketNotEmpty. */
    remove(name: string): void {
      if (this.find(name).objects.size > 0) {
        throw new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, { BucketName: name });
      }
      buckets.delete(name);
    },

    /** Throws NoSuchBucket and NoSuchKey. */
    object(bucketName: string, key: string): StoredObject {
      const object = this.find(bucketName).objects.get(key);
      if (!object) throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
      return object;
    },

    /** Throws NoSuchBucket. */
    put(bucketName: string, { key, body, headers, checksums }: Pick<StoredObject, 'key' | 'body' | 'headers' | 'checksums'>): StoredObject {
      const etag = `"${createHash('md5').update(body).digest('hex')}"`;
      const object: StoredObject = { key, body, etag, headers, checksums, modifiedMs: clock.nowMs() };
      this.find(bucketName).objects.set(key, object);
      return object;
    },
  };
}

/** In the order in which S3 lists names: that of their UTF-8 bytes. */
export const byCode = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
