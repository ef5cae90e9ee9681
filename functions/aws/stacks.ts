import { type CloudFormationClient, DescribeStackResourcesCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import type { StackResource } from '../release/drift.ts';

/** The names of the functions of a stack and of the stacks nested in it; undefined when there is no such stack. */
export async function listStackFunctions(cloudformation: CloudFormationClient, stack: string): Promise<string[] | undefined> {
  const functions: string[] = [];
  const nested: string[] = [];
  let NextToken: string | undefined;
  try {
    do {
      const page = await cloudformation.send(new ListStackResourcesCommand({ StackName: stack, NextToken }));
      for (const { ResourceType, PhysicalResourceId, ResourceStatus } of page.StackResourceSummaries ?? []) {
        // A resource that is still to be created has no id, and one that was deleted keeps it.
        if (!PhysicalResourceId || ResourceStatus === 'DELETE_COMPLETE') continue;
        if (ResourceType === 'AWS::Lambda::Function') functions.push(PhysicalResourceId);
        if (ResourceType === 'AWS::CloudFormation::Stack') nested.push(PhysicalResourceId);
      }
      NextToken = page.NextToken;
    } while (NextToken);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  for (const id of nested) functions.push(...((await listStackFunctions(cloudformation, id)) ?? []));
  return functions;
}

/** The resource of a stack that has this physical id; undefined when no stack has it. */
export async function findInStacks(cloudformation: CloudFormationClient, physicalId: string): Promise<StackResource | undefined> {
  try {
    const { StackResources = [] } = await cloudformation.send(new DescribeStackResourcesCommand({ PhysicalResourceId: physicalId }));
    const found = StackResources.find(({ PhysicalResourceId }) => PhysicalResourceId === physicalId);
    return found && { stack: found.StackName!, logicalId: found.LogicalResourceId!, type: found.ResourceType! };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** CloudFormation has no error of its own for what is not there. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');
