import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import aws4 from 'aws4';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';

const account = await openAccount();
const { region } = account;
const s3 = new S3Client({ ...account.clientConfig, forcePathStyle: true });
const Bucket = account.name('bucket').toLowerCase();

beforeAll(() => s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } })));
afterAll(async () => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  s3.destroy();
  await account.close();
});

const put = (Key: string, Body = 'text') => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const error = (status: number, name: string) => ({ name, $metadata: { httpStatusCode: status } });

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
test('a bucket tells where it is, and one that is not there is not found', async () => {
  expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe(region);
  expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe(region);
  await expect(s3.send(new HeadBucketCommand({ Bucket: `${Bucket}-other` }))).rejects.toMatchObject(error(404, 'NotFound'));
  await expect(s3.send(new ListObjectsV2Command({ Bucket: `${Bucket}-other` }))).rejects.toMatchObject(error(404, 'NoSuchBucket'));
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
test('a bucket is created once, and with a name that may be one', async () => {
  const create = (name: string) =>
    s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } }));
  await expect(create(Bucket)).rejects.toMatchObject(error(409, 'BucketAlreadyOwnedByYou'));
  await expect(create('Capitals')).rejects.toMatchObject(error(400, 'InvalidBucketName'));
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
test('a bucket with something in it is not deleted', async () => {
  await put('kept');
  await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject(error(409, 'BucketNotEmpty'));
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
test('an object comes back as it was put, with its type, its metadata and its checksum', async () => {
  const Key = 'serverless/shop (1)/état+a&b.json';
  const Metadata = { filesha256: 'abc=' };
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: '{"a":1}', ContentType: 'application/json', Metadata }));
  expect(ETag).toBe('"bb6cb5c68df4652941caf652a366f2d8"');
  const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  expect(got).toMatchObject({ ContentType: 'application/json', Metadata, ETag, ContentLength: 7, ChecksumCRC32: expect.any(String) });
  expect(await got.Body!.transformToString()).toBe('{"a":1}');
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  expect(head).toMatchObject({ ContentType: 'application/json', Metadata, ETag, ContentLength: 7 });
  expect(Math.abs(head.LastModified!.getTime() - account.cloudNow().getTime())).toBeLessThan(60_000);
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
test('an object that is not there is not found', async () => {
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject(error(404, 'NoSuchKey'));
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject(error(404, 'NotFound'));
});

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
test('a body that does not fit its checksum is refused', async () => {
  const request = s3.send(new PutObjectCommand({ Bucket, Key: 'torn', Body: 'text', ChecksumCRC32: 'AAAAAA==' }));
  await expect(request).rejects.toMatchObject(error(400, 'BadDigest'));
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
test('keys are listed in order of their bytes, by prefix, by delimiter and by page', async () => {
  for (const Key of ['list/b', 'list/a/1', 'list/a/2', 'list/B', 'list/é']) await put(Key);
  const list = async (input: object) => {
    const { Contents = [], CommonPrefixes = [], ...rest } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', ...input }));
    return { ...rest, keys: Contents.map(({ Key }) => Key), prefixes: CommonPrefixes.map(({ Prefix }) => Prefix) };
  };
  expect(await list({})).toMatchObject({ keys: ['list/B', 'list/a/1', 'list/a/2', 'list/b', 'list/é'], KeyCount: 5, IsTruncated: false });
  expect(await list({ Delimiter: '/' })).toMatchObject({ keys: ['list/B', 'list/b', 'list/é'], prefixes: ['list/a/'], KeyCount: 4 });
  expect(await list({ StartAfter: 'list/a/2' })).toMatchObject({ keys: ['list/b', 'list/é'] });
  const first = await list({ Delimiter: '/', MaxKeys: 2 });
  expect(first).toMatchObject({ keys: ['list/B'], prefixes: ['list/a/'], IsTruncated: true });
  const second = await list({ Delimiter: '/', MaxKeys: 2, ContinuationToken: first.NextContinuationToken });
  expect(second).toMatchObject({ keys: ['list/b', 'list/é'], prefixes: [], IsTruncated: false });
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
test('objects are deleted, one or many, also those that are not there', async () => {
  for (const Key of ['gone/1', 'gone/2&3', 'gone/4']) await put(Key);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone/4' }));
  const Objects = ['gone/1', 'gone/2&3', 'gone/never'].map((Key) => ({ Key }));
  const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect([Deleted, Errors]).toEqual([Objects, undefined]);
  expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'gone/' }))).KeyCount).toBe(0);
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
test('settings of a bucket are read back, and said to be missing before', async () => {
  await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject(error(404, 'NoSuchTagSet'));
  await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject(error(404, 'NoSuchBucketPolicy'));
  const TagSet = [{ Key: 'STAGE', Value: 'prod' }];
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
  const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
  const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}/*`, Condition }];
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
  expect(JSON.parse((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy!).Statement).toEqual(Statement);
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }];
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
});

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
test('whoever has a presigned address may do what it says, as long as it says', async () => {
  const endpoint = new URL(await account.endpoint('s3'));
  const presign = async (method: string, signedAt = new Date()) => {
    const credentials = await s3.config.credentials();
    const date = signedAt.toISOString().replace(/\.\d+|[-:]/g, '');
    const path = `/${Bucket}/presigned%20key?X-Amz-Expires=60&X-Amz-Date=${date}`;
    const { path: signed } = aws4.sign({ service: 's3', region, method, host: endpoint.host, path, signQuery: true }, credentials);
    return `${endpoint.origin}${signed}`;
  };
  expect((await fetch(await presign('PUT'), { method: 'PUT', body: 'by anyone' })).status).toBe(200);
  const address = await presign('GET');
  expect(await (await fetch(address)).text()).toBe('by anyone');
  expect((await fetch(address, { method: 'DELETE' })).status).toBe(403);
  const late = await fetch(await presign('GET', new Date(Date.now() - 61_000)));
  expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('<Message>Request has expired</Message>')]);
});
