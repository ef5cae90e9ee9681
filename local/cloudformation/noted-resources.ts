import type { Buckets } from '../s3/buckets.ts';
import type { Created, ResourceType } from './resources.ts';

// These do nothing here: they are noted, with the names and ARNs that others refer to; a bucket is one of S3's.

const logGroup: ResourceType = {
  properties: ['LogGroupName', 'RetentionInDays', 'KmsKeyId', 'LogGroupClass', 'Tags'],
  attributes: ['Arn'],
  replacedBy: ['LogGroupName'],
  create({ LogGroupName }, { accountId, region, nameAnew }) {
    const name: string = LogGroupName ?? nameAnew();
    return { physicalId: name, attributes: { Arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}:*` } };
  },
  update: (_, before) => before,
  remove() {},
};

/** Of its properties nothing is acted on. */
const bucket: ResourceType = {
  properties: ['BucketName', 'BucketEncryption', 'PublicAccessBlockConfiguration', 'OwnershipControls', 'VersioningConfiguration', 'Tags'],
  attributes: ['Arn'],
  replacedBy: ['BucketName'],
  create({ BucketName }, { buckets, nameAnew }) {
    // A bucket's name is a character shorter than the longest of others.
    const name: string =
      BucketName ??
      nameAnew()
        .toLowerCase()
        .replace(/^(.{50}).(-.{12})$/, '$1$2');
    buckets.create(name);
    return { physicalId: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
  },
  update: (_, before) => before,
  remove: ({ physicalId }, { buckets }) => buckets.remove(physicalId),
};

const bucketPolicy: ResourceType = {
  properties: ['Bucket', 'PolicyDocument'],
  attributes: [],
  replacedBy: ['Bucket'],
  create: ({ Bucket, PolicyDocument }, { buckets }) => putPolicy(Bucket, PolicyDocument, buckets),
  update: ({ PolicyDocument }, { physicalId }, { buckets }) => putPolicy(physicalId, PolicyDocument, buckets),
  remove: ({ physicalId }, { buckets }) => buckets.find(physicalId).settings.delete('policy'),
};

function putPolicy(bucketName: string, document: unknown, buckets: Buckets): Created {
  buckets.find(bucketName).settings.set('policy', Buffer.from(JSON.stringify(document)));
  return { physicalId: bucketName, attributes: {} };
}

export const notedResources: Record<string, ResourceType> = {
  'AWS::Logs::LogGroup': logGroup,
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': bucketPolicy,
};
