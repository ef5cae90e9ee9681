import { type Fields, type Operation, refuseUnknownKeys } from '../json-protocol.ts';
import { readName, validation } from './refusals.ts';
import type { Stack, StackEvent, StackResource, Stacks } from './stacks.ts';

const PAGE = 100;

/** What people and tools ask about stacks. */
export function createReads(stacks: Stacks): Record<string, Operation> {
  /** Throws ValidationError. */
  const find = (nameOrId: unknown): Stack => {
    const stack = stacks.find(readName(nameOrId, 'stackName'));
    if (!stack) throw validation(`Stack with id ${nameOrId} does not exist`);
    return stack;
  };

  return {
    DescribeStacks(input: Fields) {
      refuseUnknownKeys(input, ['StackName', 'NextToken'], 'DescribeStacks');
      const asked =
        input.StackName === undefined ? stacks.all().filter(({ deletedMs }) => deletedMs === undefined) : [find(input.StackName)];
      const { items, NextToken } = pageOf(asked.reverse(), input.NextToken);
      return { Stacks: items.map(toDescription), NextToken };
    },

    ListStackResources(input: Fields) {
      refuseUnknownKeys(input, ['StackName', 'NextToken'], 'ListStackResources');
      const { items, NextToken } = pageOf([...find(input.StackName).resources.values()], input.NextToken);
      return { StackResourceSummaries: items.map((resource) => toSummary(resource)), NextToken };
    },

    DescribeStackResources(input: Fields) {
      refuseUnknownKeys(input, ['StackName', 'LogicalResourceId', 'PhysicalResourceId'], 'DescribeStackResources');
      const { StackName, LogicalResourceId, PhysicalResourceId } = input;
      if (StackName !== undefined && PhysicalResourceId !== undefined) {
        throw validation('StackName and PhysicalResourceId cannot both be specified');
      }
      if (StackName === undefined && PhysicalResourceId === undefined) {
        throw validation('Either StackName or PhysicalResourceId must be specified');
      }
      const stack = PhysicalResourceId === undefined ? find(StackName) : ownerOf(PhysicalResourceId);
      const all = [...stack.resources.values()];
      const wanted = LogicalResourceId === undefined ? all : [resourceOf(stack, LogicalResourceId)];
      return { StackResources: wanted.slice(0, PAGE).map((resource) => ({ ...toSummary(resource, 'Timestamp'), ...nameOf(stack) })) };
    },

    DescribeStackResource(input: Fields) {
      refuseUnknownKeys(input, ['StackName', 'LogicalResourceId'], 'DescribeStackResource');
      const stack = find(input.StackName);
      const resource = resourceOf(stack, input.LogicalResourceId);
      return { StackResourceDetail: { ...toSummary(resource), ...nameOf(stack) } };
    },

    ListExports(input: Fields) {
      refuseUnknownKeys(input, ['NextToken'], 'ListExports');
      const { items, NextToken } = pageOf(stacks.exports(), input.NextToken);
      return { Exports: items.map(({ name, value, stack }) => ({ ExportingStackId: stack.id, Name: name, Value: value })), NextToken };
    },

    DescribeStackEvents(input: Fields) {
      refuseUnknownKeys(input, ['StackName', 'NextToken'], 'DescribeStackEvents');
      const stack = stacks.find(readName(input.StackName, 'stackName'));
      if (!stack) throw validation(`Stack [${input.StackName}] does not exist`);
      const { items, NextToken } = pageOf([...stack.events].reverse(), input.NextToken);
      return { StackEvents: items.map((event) => toEvent(stack, event)), NextToken };
    },

    GetTemplate(input: Fields) {
      // Both stages are one: the local AWS takes no template that is processed.
      refuseUnknownKeys(input, ['StackName', 'TemplateStage'], 'GetTemplate');
      return { TemplateBody: find(input.StackName).templateText, StagesAvailable: ['Original', 'Processed'] };
    },
  };

  function ownerOf(physicalId: unknown): Stack {
    const has = ({ deletedMs, resources }: Stack) =>
      deletedMs === undefined && [...resources.values()].some((resource) => resource.physicalId === physicalId);
    const owner = stacks.all().find(has);
    if (!owner) throw validation(`Stack for ${physicalId} does not exist`);
    return owner;
  }
}

function resourceOf(stack: Stack, logicalId: unknown): StackResource {
  const resource = stack.resources.get(readName(logicalId, 'logicalResourceId'));
  if (!resource) throw validation(`Resource ${logicalId} does not exist for stack ${stack.name}`);
  return resource;
}

const seconds = (ms: number) => ms / 1000;
const nameOf = ({ id, name }: Stack) => ({ StackId: id, StackName: name });

const toDescription = (stack: Stack) => ({
  ...nameOf(stack),
  Description: stack.description,
  Parameters: Object.entries(stack.parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
  CreationTime: seconds(stack.createdMs),
  ...(stack.updatedMs !== undefined && { LastUpdatedTime: seconds(stack.updatedMs) }),
  ...(stack.deletedMs !== undefined && { DeletionTime: seconds(stack.deletedMs) }),
  RollbackConfiguration: {},
  StackStatus: stack.status,
  StackStatusReason: stack.statusReason,
  DisableRollback: false,
  NotificationARNs: [],
  Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
  Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
    OutputKey: key,
    OutputValue: value,
    Description: description,
    ExportName: exportName,
  })),
  Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
  EnableTerminationProtection: stack.isProtected,
  DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
});

const toEvent = (stack: Stack, { id, logicalId, physicalId, type, status, reason, atMs }: StackEvent) => ({
  ...nameOf(stack),
  EventId: id,
  LogicalResourceId: logicalId,
  PhysicalResourceId: physicalId,
  ResourceType: type,
  Timestamp: seconds(atMs),
  ResourceStatus: status,
  ResourceStatusReason: reason,
});

const toSummary = (
  { logicalId, physicalId, type, status, statusReason, updatedMs }: StackResource,
  timeName: 'Timestamp' | 'LastUpdatedTimestamp' = 'LastUpdatedTimestamp',
) => ({
  LogicalResourceId: logicalId,
  PhysicalResourceId: physicalId,
  ResourceType: type,
  [timeName]: seconds(updatedMs),
  ResourceStatus: status,
  ResourceStatusReason: statusReason,
  DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
});

export function pageOf<T>(all: T[], token: unknown): { items: T[]; NextToken?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(String(token), 'base64url').toString());
  if (!Number.isInteger(start) || start < 0) throw validation('Invalid NextToken');
  const end = start + PAGE;
  return { items: all.slice(start, end), ...(end < all.length && { NextToken: Buffer.from(String(end)).toString('base64url') }) };
}
