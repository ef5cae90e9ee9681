import { type Fields, type Operation, refuseUnknownKeys } from '../json-protocol.ts';
import { ServiceError } from '../service.ts';
import { type Change, isSameStack, planChanges } from './change-plan.ts';
import type { Desired } from './desired.ts';
import { asValidation, readName, validation } from './refusals.ts';
import type { Surroundings } from './resources.ts';
import type { StackLifecycle } from './stack-lifecycle.ts';
import { noExport } from './stack-run.ts';
import type { Stack } from './stacks.ts';
import { findToUpdate, readRequest, readStackName, TEMPLATE_MEMBERS } from './writes.ts';

/** A change of a stack that was worked out and waits for someone to want it. */
export interface ChangeSet {
  name: string;
  /** Its ARN. */
  id: string;
  isCreation: boolean;
  desired: Desired;
  changes: Change[];
  /** Why it cannot be executed. */
  failure?: string;
  createdMs: number;
}

const NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set.";
const NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;

export function createChangeSets(surroundings: Surroundings, lifecycle: StackLifecycle): Record<string, Operation> {
  const { stacks, region, accountId, newId, nowMs, work } = surroundings;

  /** A change set is known by its ARN alone, or by its name with its stack's. */
  const find = ({ ChangeSetName, StackName }: Fields): { stack: Stack; changeSet?: ChangeSet } => {
    const named = readName(ChangeSetName, 'changeSetName');
    const stack = named.startsWith('arn:')
      ? stacks.all().find(({ changeSets }) => [...changeSets.values()].some(({ id }) => id === named))
      : stacks.find(readName(StackName, 'stackName'));
    if (!stack) throw named.startsWith('arn:') ? notFound(named) : validation(`Stack [${StackName}] does not exist`);
    return { stack, changeSet: [...stack.changeSets.values()].find(({ id, name }) => id === named || name === named) };
  };

  const findForCreation = (name: string, changeSetName: string, desired: Desired): Stack => {
    const stack = stacks.find(name);
    if (stack && stack.status !== 'REVIEW_IN_PROGRESS') {
      const message = `Stack [${name}] already exists and cannot be created again with the changeSet [${changeSetName}].`;
      throw validation(message);
    }
    if (stack) return stack;
    const opened = stacks.open(name, desired);
    stacks.setStatus(opened, 'REVIEW_IN_PROGRESS', 'User Initiated');
    return opened;
  };

  return {
    CreateChangeSet(input: Fields) {
      const known = [...TEMPLATE_MEMBERS, 'ChangeSetName', 'ChangeSetType', 'Description', 'UsePreviousTemplate', 'RollbackConfiguration'];
      refuseUnknownKeys(input, known, 'CreateChangeSet');
      refuseUnknownKeys((input.RollbackConfiguration as Fields) ?? {}, [], 'RollbackConfiguration');
      const name = readName(input.ChangeSetName, 'changeSetName');
      if (!NAME.test(name))
        throw validation(`Value '${name}' at 'changeSetName' must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`);
      const { ChangeSetType: type = 'UPDATE' } = input;
      if (type !== 'CREATE' && type !== 'UPDATE') throw validation(`the local AWS does not support change sets of the type ${type}`);
      const isCreation = type === 'CREATE';
      const before = isCreation ? undefined : findToUpdate(input.StackName, surroundings);
      const { desired } = readRequest(input, surroundings, before);
      const stack = before ?? findForCreation(readStackName(input.StackName), name, desired);
      if (stack.changeSets.has(name))
        throw new ServiceError('AlreadyExistsException', `ChangeSet ${name} already exists in Stack ${stack.id}`);
      const changes = asValidation(() => planChanges(stack, desired));
      const missing = desired.imports.find((exported) => !stacks.exportOf(exported));
      const isSame = !isCreation && isSameStack(stack, desired, changes);
      const failure = missing !== undefined ? noExport(missing) : isSame ? NO_CHANGES : undefined;
      const id = `arn:aws:cloudformation:${region}:${accountId}:changeSet/${name}/${newId()}`;
      stack.changeSets.set(name, { name, id, isCreation, desired, changes, createdMs: nowMs(), ...(failure && { failure }) });
      return { Id: id, StackId: stack.id };
    },

    DescribeChangeSet(input: Fields) {
      refuseUnknownKeys(input, ['ChangeSetName', 'StackName'], 'DescribeChangeSet');
      const { stack, changeSet } = find(input);
      if (!changeSet) throw notFound(input.ChangeSetName);
      const { name, id, desired, changes, failure, createdMs } = changeSet;
      return {
        ChangeSetName: name,
        ChangeSetId: id,
        StackId: stack.id,
        StackName: stack.name,
        Parameters: Object.entries(desired.parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
        CreationTime: createdMs / 1000,
        ExecutionStatus: failure ? 'UNAVAILABLE' : 'AVAILABLE',
        Status: failure ? 'FAILED' : 'CREATE_COMPLETE',
        StatusReason: failure,
        Tags: Object.entries(desired.tags).map(([Key, Value]) => ({ Key, Value })),
        Changes: changes.map(({ action, logicalId, physicalId, type, replacement, properties }) => ({
          Type: 'Resource',
          ResourceChange: {
            Action: action,
            LogicalResourceId: logicalId,
            PhysicalResourceId: physicalId,
            ResourceType: type,
            Replacement: replacement,
            Scope: properties.length ? ['Properties'] : [],
            Details: properties.map((property) => ({
              Target: { Attribute: 'Properties', Name: property },
              ChangeSource: 'DirectModification',
            })),
          },
        })),
      };
    },

    ExecuteChangeSet(input: Fields) {
      refuseUnknownKeys(input, ['ChangeSetName', 'StackName', 'DisableRollback', 'ClientRequestToken'], 'ExecuteChangeSet');
      const { stack, changeSet } = find(input);
      if (!changeSet) throw notFound(input.ChangeSetName);
      if (changeSet.failure) {
        const message = `ChangeSet [${changeSet.id}] cannot be executed in its current status of [FAILED]`;
        throw new ServiceError('InvalidChangeSetStatus', message);
      }
      if (!changeSet.isCreation) findToUpdate(stack.name, surroundings);
      const { desired, isCreation } = changeSet;
      const isRollbackDisabled = input.DisableRollback === true;
      // The others were worked out for what the stack no longer is.
      stack.changeSets.clear();
      const operation = isCreation
        ? lifecycle.create(stack, desired, isRollbackDisabled ? 'DO_NOTHING' : 'ROLLBACK')
        : lifecycle.update(stack, desired, isRollbackDisabled);
      void work.track(operation);
    },

    DeleteChangeSet(input: Fields) {
      refuseUnknownKeys(input, ['ChangeSetName', 'StackName'], 'DeleteChangeSet');
      const { stack, changeSet } = find(input);
      // One that is not there is deleted as well.
      if (changeSet) stack.changeSets.delete(changeSet.name);
    },
  };
}

const notFound = (name: unknown) => new ServiceError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, 404);
