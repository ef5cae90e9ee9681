import { type Fields, isObject, type Operation, readList, refuseUnknownKeys } from '../json-protocol.ts';
import { ServiceError } from '../service.ts';
import { isSameStack, planChanges } from './change-plan.ts';
import { type Desired, readDesired } from './desired.ts';
import { asValidation, readName, validation } from './refusals.ts';
import type { Surroundings } from './resources.ts';
import type { OnFailure, StackLifecycle } from './stack-lifecycle.ts';
import type { Stack } from './stacks.ts';
import { readTemplate } from './template-source.ts';
import { capabilitiesOf } from './template-summary.ts';

/** What requests that bring a template have in common. */
export const TEMPLATE_MEMBERS = ['StackName', 'TemplateBody', 'TemplateURL', 'Parameters', 'Tags', 'Capabilities'];

const STABLE = /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$|^UPDATE_FAILED$/;

/** What people and tools ask of stacks. Each answers at once, and what it began goes on. */
export function createWrites(surroundings: Surroundings, lifecycle: StackLifecycle): Record<string, Operation> {
  const { stacks, work } = surroundings;

  return {
    CreateStack(input: Fields) {
      refuseUnknownKeys(
        input,
        [...TEMPLATE_MEMBERS, 'OnFailure', 'DisableRollback', 'ClientRequestToken', 'EnableTerminationProtection'],
        'CreateStack',
      );
      const { desired } = readRequest(input, surroundings);
      const name = readStackName(input.StackName);
      if (stacks.find(name)) throw new ServiceError('AlreadyExistsException', `Stack [${name}] already exists`);
      const stack = stacks.open(name, desired);
      stack.isProtected = input.EnableTerminationProtection === true;
      void work.track(lifecycle.create(stack, desired, readOnFailure(input)));
      return { StackId: stack.id };
    },

    UpdateStack(input: Fields) {
      const known = [...TEMPLATE_MEMBERS, 'UsePreviousTemplate', 'DisableRollback', 'ClientRequestToken'];
      refuseUnknownKeys(input, known, 'UpdateStack');
      const stack = findToUpdate(input.StackName, surroundings);
      const { desired } = readRequest(input, surroundings, stack);
      const changes = asValidation(() => planChanges(stack, desired));
      if (isSameStack(stack, desired, changes)) throw validation('No updates are to be performed.');
      void work.track(lifecycle.update(stack, desired, input.DisableRollback === true));
      return { StackId: stack.id };
    },

    DeleteStack(input: Fields) {
      refuseUnknownKeys(input, ['StackName', 'ClientRequestToken'], 'DeleteStack');
      const stack = stacks.find(readName(input.StackName, 'stackName'));
      // One that is not there is deleted as well.
      if (!stack || stack.deletedMs !== undefined || stack.status === 'DELETE_IN_PROGRESS') return;
      // CloudFormation cancels a creation for it, and refuses while an update goes on.
      if (isUnderWay(stack))
        throw validation(`the local AWS does not support to delete the stack ${stack.name} while it is ${stack.status}`);
      if (stack.isProtected) throw validation(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
      void work.track(lifecycle.remove(stack));
    },

    UpdateTerminationProtection(input: Fields) {
      refuseUnknownKeys(input, ['StackName', 'EnableTerminationProtection'], 'UpdateTerminationProtection');
      const stack = stacks.find(readName(input.StackName, 'stackName'));
      if (!stack || stack.deletedMs !== undefined) throw validation(`Stack [${input.StackName}] does not exist`);
      stack.isProtected = input.EnableTerminationProtection === true;
      return { StackId: stack.id };
    },
  };
}

/** Throws ValidationError where there is none, or one that is not at rest. */
export function findToUpdate(name: unknown, { stacks }: Surroundings): Stack {
  const stack = stacks.find(readName(name, 'stackName'));
  if (!stack || stack.deletedMs !== undefined || stack.status === 'REVIEW_IN_PROGRESS') throw validation(`Stack [${name}] does not exist`);
  if (!STABLE.test(stack.status)) throw validation(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  return stack;
}

const isUnderWay = ({ status }: Stack) => status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS';

/** What a request wants a stack to be. Throws ValidationError and InsufficientCapabilitiesException. */
export function readRequest(input: Fields, { stacks, buckets, region, accountId }: Surroundings, before?: Stack): { desired: Desired } {
  const isPrevious = input.UsePreviousTemplate === true;
  const { text, template } = isPrevious && before ? { text: before.templateText, template: before.document } : readTemplate(input, buckets);
  const parameters = readParameters(input, template, before);
  const tags = input.Tags === undefined && before ? before.tags : readTags(input);
  const stackName = readStackName(before?.name ?? input.StackName);
  const desired = asValidation(() => readDesired(template, { stackName, stacks, region, accountId, parameters, tags }));
  const given = readList(input, 'Capabilities');
  const missing = capabilitiesOf((template as { Resources: Fields }).Resources).filter(
    (capability) => !given.includes(capability) && !(capability === 'CAPABILITY_IAM' && given.includes('CAPABILITY_NAMED_IAM')),
  );
  if (missing.length) throw new ServiceError('InsufficientCapabilitiesException', `Requires capabilities : [${missing.join(', ')}]`);
  return { desired: { ...desired, templateText: text } };
}

function readParameters(input: Fields, template: unknown, before?: Stack): Record<string, string> {
  const given = readList(input, 'Parameters').filter(isObject);
  const known = (template as { Parameters?: Fields }).Parameters ?? {};
  const unknown = given.map(({ ParameterKey }) => String(ParameterKey)).filter((name) => !(name in known));
  if (unknown.length) throw validation(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const entries = given.flatMap(({ ParameterKey, ParameterValue, UsePreviousValue }) => {
    const value = UsePreviousValue === true ? before?.parameters[String(ParameterKey)] : ParameterValue;
    return value === undefined ? [] : [[String(ParameterKey), String(value)] as const];
  });
  const values = Object.fromEntries(entries);
  const missing = Object.entries(known).filter(([name, declaration]) => !(name in values) && (declaration as Fields).Default === undefined);
  if (missing.length) throw validation(`Parameters: [${missing.map(([name]) => name).join(', ')}] must have values`);
  return values;
}

function readTags(input: Fields): Record<string, string> {
  const tags = readList(input, 'Tags', { max: 50 }).filter(isObject);
  const reserved = tags.find(({ Key }) => String(Key).startsWith('aws:'));
  if (reserved) throw validation(`aws: prefixed tag key names are not allowed for external use: ${reserved.Key}`);
  return Object.fromEntries(tags.map(({ Key, Value }) => [String(Key), String(Value)]));
}

export function readStackName(value: unknown): string {
  const name = readName(value, 'stackName');
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) return name;
  throw validation(
    `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
  );
}

function readOnFailure({ OnFailure, DisableRollback }: Fields): OnFailure {
  if (OnFailure !== undefined && DisableRollback !== undefined) {
    throw validation('You can specify only one of the following: OnFailure, DisableRollback');
  }
  if (DisableRollback === true) return 'DO_NOTHING';
  const known: OnFailure[] = ['ROLLBACK', 'DELETE', 'DO_NOTHING'];
  const asked = known.find((name) => name === (OnFailure ?? 'ROLLBACK'));
  if (!asked) throw validation(`Value '${OnFailure}' at 'onFailure' failed to satisfy enum value set: [DELETE, DO_NOTHING, ROLLBACK]`);
  return asked;
}
