import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
  type UpdateStackCommandInput,
} from '@aws-sdk/client-cloudformation';
import { zipSync } from 'fflate';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { anAws, type Behave, zip } from './an-aws.ts';

/** A logical id and a status. */
type Told = `${string} ${string}`;

/** A local AWS to which stacks come over the wire, with zips v1.zip and v2.zip in the bucket `packages`. */
export function withStacks(behave?: Behave) {
  const made = anAws(behave);
  const { aws } = made;
  const cloudformation = new CloudFormationClient({ ...aws.clientConfig, maxAttempts: 1 });
  const { work } = aws.ground;
  aws.buckets.create('packages');
  const other = zipSync({ 'index.mjs': Buffer.from('export const handler = async () => 2;') });
  for (const [key, body] of Object.entries({ 'v1.zip': zip, 'v2.zip': other })) {
    aws.buckets.put('packages', { key, body: Buffer.from(body), headers: {}, checksums: {} });
  }

  const describe = async (StackName = 'shop') => (await cloudformation.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!;
  const request = (template: JsonObject) => ({
    StackName: 'shop',
    TemplateBody: JSON.stringify(template),
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
  });

  return {
    ...made,
    cloudformation,
    describe,
    settled: () => work.settle(),

    /** Creates the stack `shop` unless told, and gives what has become of it once it is at rest. */
    async create(template: JsonObject, more: Partial<CreateStackCommandInput> = {}) {
      const { StackId } = await cloudformation.send(new CreateStackCommand({ ...request(template), ...more }));
      await work.settle();
      return describe(StackId);
    },
    async update(template: JsonObject, more: Partial<UpdateStackCommandInput> = {}) {
      const { StackId } = await cloudformation.send(new UpdateStackCommand({ ...request(template), ...more }));
      await work.settle();
      return describe(StackId);
    },
    async remove(StackName = 'shop') {
      const { StackId } = await describe(StackName);
      await cloudformation.send(new DeleteStackCommand({ StackName }));
      await work.settle();
      return describe(StackId);
    },

    /** The physical ids of the stack's resources by their logical ids. */
    async resources(StackName = 'shop'): Promise<Record<string, string | undefined>> {
      const { StackResourceSummaries = [] } = await cloudformation.send(new ListStackResourcesCommand({ StackName }));
      return Object.fromEntries(StackResourceSummaries.map((summary) => [summary.LogicalResourceId!, summary.PhysicalResourceId]));
    },

    /** What the stack's last operation told, the oldest first. */
    async told(StackName = 'shop'): Promise<Told[]> {
      const { StackEvents = [] } = await cloudformation.send(new DescribeStackEventsCommand({ StackName }));
      const begun = StackEvents.findIndex(({ ResourceStatusReason }) => ResourceStatusReason === 'User Initiated');
      return StackEvents.slice(0, begun + 1)
        .reverse()
        .map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}` as Told);
    },

    /** Why something of the stack failed, the first first. */
    async reasons(StackName = 'shop'): Promise<string[]> {
      const { StackEvents = [] } = await cloudformation.send(new DescribeStackEventsCommand({ StackName }));
      return StackEvents.filter(({ ResourceStatus }) => ResourceStatus!.endsWith('FAILED'))
        .reverse()
        .map(({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason}`);
    },
  };
}
