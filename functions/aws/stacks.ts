import {
  type CloudFormationClient,
  DescribeStackResourcesCommand,
  ListStackResourcesCommand,
  type ListStackResourcesOutput,
} from '@aws-sdk/client-cloudformation';
import type { StackResource } from '../release/drift.ts';
import { allPages } from './pages.ts';

/** The names of the functions of a stack and of the stacks nested in it; undefined when there is no such stack. */
export async function listStackFunctions(cloudformation: CloudFormationClient, stack: string): Promise<string[] | undefined> {
  const functions: string[] = [];
  const nested: string[] = [];
  try {
    for (const { ResourceType, PhysicalResourceId, ResourceStatus } of await listResources(cloudformation, stack)) {
      // A resource that is still to be created has no id, and one that is gone keeps it.
      if (!PhysicalResourceId || isGone(ResourceStatus)) continue;
      if (ResourceType === 'AWS::Lambda::Function') functions.push(PhysicalResourceId);
      if (ResourceType === 'AWS::CloudFormation::Stack') nested.push(PhysicalResourceId);
    }
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  for (const id of nested) functions.push(...((await listStackFunctions(cloudformation, id)) ?? []));
  return functions;
}

/**
 * Finds the resource of a stack by its physical id; undefined when no stack has it. What a stack has is kept: of many
 * aliases in one stack CloudFormation, which throttles early, is asked once.
 */
export function createResourceFinder(cloudformation: CloudFormationClient): (physicalId: string) => Promise<StackResource | undefined> {
  const known = new Map<string, StackResource>();
  const keep = (stack: string, resources: FoundResource[]) => {
    for (const { PhysicalResourceId, LogicalResourceId, ResourceType, ResourceStatus } of resources)
      if (PhysicalResourceId && !isGone(ResourceStatus))
        known.set(PhysicalResourceId, { stack, logicalId: LogicalResourceId!, type: ResourceType! });
  };
  return async (physicalId) => {
    if (known.has(physicalId)) return known.get(physicalId);
    try {
      const { StackResources = [] } = await cloudformation.send(new DescribeStackResourcesCommand({ PhysicalResourceId: physicalId }));
      for (const resource of StackResources) keep(resource.StackName!, [resource]);
      const stack = StackResources[0];
      // It answers with the first 100 resources of the stack, which need not be those that were asked for.
      if (stack && !known.has(physicalId)) keep(stack.StackName!, await listResources(cloudformation, stack.StackId!));
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    return known.get(physicalId);
  };
}

interface FoundResource {
  LogicalResourceId?: string;
  PhysicalResourceId?: string;
  ResourceType?: string;
  ResourceStatus?: string;
}

const listResources = (cloudformation: CloudFormationClient, stack: string): Promise<FoundResource[]> =>
  allPages<ListStackResourcesOutput, FoundResource>(
    (NextToken) => cloudformation.send(new ListStackResourcesCommand({ StackName: stack, NextToken })),
    ({ StackResourceSummaries, NextToken }) => [StackResourceSummaries, NextToken],
  );

/** Deleted, or out of the template and kept (DeletionPolicy: Retain). For 90 days CloudFormation tells of a deleted stack too. */
const isGone = (status: string | undefined): boolean => status === 'DELETE_COMPLETE' || status === 'DELETE_SKIPPED';

/** CloudFormation has no error of its own for what is not there. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');
