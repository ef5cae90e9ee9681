import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { anAws } from './an-aws.ts';

describe('S3 over its wire', () => {
  it('takes what an SDK signs for an endpoint that is an address', async () => {
    const { aws } = anAws();
    const { endpoint } = await aws.listen(0);
    aws.buckets.create('packages');
    const s3 = new S3Client({ endpoint, region: 'eu-west-1', credentials: { ...aws.credentials }, maxAttempts: 1 });
    await s3.send(new PutObjectCommand({ Bucket: 'packages', Key: "a b/c+d/é'(1)*.zip", Body: 'zip' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'packages', Key: "a b/c+d/é'(1)*.zip" }));
    expect(await Body!.transformToString()).toBe('zip');
    expect((await s3.send(new HeadObjectCommand({ Bucket: 'packages', Key: "a b/c+d/é'(1)*.zip" }))).ContentLength).toBe(3);
    const stranger = new S3Client({
      endpoint,
      region: 'eu-west-1',
      credentials: { ...aws.credentials, secretAccessKey: 'x' },
      maxAttempts: 1,
    });
    await expect(stranger.send(new GetObjectCommand({ Bucket: 'packages', Key: 'a' }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it.each<[string, (s3: S3Client) => Promise<unknown>]>([
    ['CopyObject', (s3) => s3.send(new CopyObjectCommand({ Bucket: 'packages', Key: 'b', CopySource: 'packages/a' }))],
    ['POST /packages/a?uploads', (s3) => s3.send(new CreateMultipartUploadCommand({ Bucket: 'packages', Key: 'a' }))],
    ['ListObjectVersions', (s3) => s3.send(new ListObjectVersionsCommand({ Bucket: 'packages' }))],
    [
      'PUT /packages/?lifecycle',
      (s3) => s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: 'packages', LifecycleConfiguration: { Rules: [] } })),
    ],
    ['the header x-amz-acl', (s3) => s3.send(new PutObjectCommand({ Bucket: 'packages', Key: 'a', Body: '', ACL: 'public-read' }))],
    ['the header range', (s3) => s3.send(new GetObjectCommand({ Bucket: 'packages', Key: 'a', Range: 'bytes=0-1' }))],
    ['response-content-type', (s3) => s3.send(new GetObjectCommand({ Bucket: 'packages', Key: 'a', ResponseContentType: 'text/plain' }))],
  ])('refuses by name what the local AWS has not: %s', async (what, send) => {
    const { aws } = anAws();
    aws.buckets.create('packages');
    aws.buckets.put('packages', { key: 'a', body: Buffer.from('zip'), headers: {}, checksums: {} });
    const s3 = new S3Client({ ...aws.clientConfig, forcePathStyle: true, maxAttempts: 1 });
    await expect(send(s3)).rejects.toMatchObject({ name: 'NotImplemented', message: `the local AWS does not support ${what} of S3` });
  });

  it('holds a body against the hash that its signature names', async () => {
    const { aws } = anAws();
    aws.buckets.create('packages');
    const { endpoint } = await aws.listen(0);
    const s3 = new S3Client({ endpoint, region: 'eu-west-1', credentials: { ...aws.credentials }, maxAttempts: 1 });
    s3.middlewareStack.add(
      (next) => (args) => next(Object.assign(args, { request: Object.assign(args.request as object, { body: 'other' }) })),
      {
        step: 'finalizeRequest',
        priority: 'low',
      },
    );
    await expect(s3.send(new PutObjectCommand({ Bucket: 'packages', Key: 'a', Body: 'right' }))).rejects.toMatchObject({
      name: 'XAmzContentSHA256Mismatch',
    });
    expect(aws.buckets.find('packages').objects.size).toBe(0);
  });
});
