import type { ResourceType } from './resources.ts';

// These have no service behind them here: they are noted, with the names and ARNs that others refer to.

const logGroup: ResourceType = {
  properties: ['LogGroupName', 'RetentionInDays', 'KmsKeyId', 'LogGroupClass', 'Tags'],
  attributes: ['Arn'],
  create({ LogGroupName }, { accountId, region, generatedName }) {
    const name: string = LogGroupName ?? generatedName;
    return { physicalId: name, attributes: { Arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}:*` } };
  },
};

/** The deployment bucket: the zips are read from the folder of the package instead. */
const bucket: ResourceType = {
  properties: ['BucketName', 'BucketEncryption', 'PublicAccessBlockConfiguration', 'OwnershipControls', 'VersioningConfiguration', 'Tags'],
  attributes: ['Arn'],
  create({ BucketName }, { generatedName }) {
    const name: string = BucketName ?? generatedName.toLowerCase();
    return { physicalId: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
  },
};

const bucketPolicy: ResourceType = {
  properties: ['Bucket', 'PolicyDocument'],
  attributes: [],
  create: ({ Bucket }) => ({ physicalId: Bucket, attributes: {} }),
};

export const notedResources: Record<string, ResourceType> = {
  'AWS::Logs::LogGroup': logGroup,
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': bucketPolicy,
};
