import { isDeepStrictEqual } from 'node:util';
import { refuseUnknownKeys } from '../json-protocol.ts';
import { type Ground, ServiceError } from '../service.ts';
import { parseDefinition } from './definition.ts';
import type { Machine } from './execution.ts';
import { checkArn, checkName } from './names.ts';
import { pageOf } from './paging.ts';

const NO_LOGGING = { level: 'OFF', includeExecutionData: false };
const NO_TRACING = { enabled: false };

export type StateMachines = ReturnType<typeof createStateMachines>;

/** The state machines, and the operations on them. */
export function createStateMachines(ground: Ground, abandon: (machine: Machine) => void) {
  const byArn = new Map<string, Machine>();
  const nowMs = () => Math.floor(ground.clock.nowMs());

  /** Throws InvalidArn or StateMachineDoesNotExist. */
  const find = (arn: unknown): Machine => {
    const machine = byArn.get(checkArn(arn, 'stateMachine'));
    if (!machine) throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  };
  /** One that can be started or changed. Throws StateMachineDeleting too. */
  const findActive = (arn: unknown): Machine => {
    const machine = find(arn);
    if (machine.status === 'DELETING') throw new ServiceError('StateMachineDeleting', `State Machine Deleting: '${arn}'`);
    return machine;
  };

  return {
    find,
    findActive,
    /** What an update leaves as it is; undefined when there is no such machine. */
    current(arn: unknown) {
      const machine = byArn.get(String(arn));
      if (!machine) return undefined;
      const { revision, tracingConfiguration, loggingConfiguration } = machine;
      return { roleArn: revision.roleArn, tracingConfiguration, loggingConfiguration };
    },
    remove(machine: Machine) {
      byArn.delete(machine.arn);
    },

    // biome-ignore lint/suspicious/noExplicitAny: as it came over the wire
    create(input: any) {
      const known = ['name', 'definition', 'roleArn', 'type', 'loggingConfiguration', 'tracingConfiguration', 'tags', 'publish'];
      refuseUnknownKeys(input, known, 'CreateStateMachine');
      if (input.publish) throw new ServiceError('ValidationException', 'CreateStateMachine: the local AWS does not support publish');
      if (input.type && input.type !== 'STANDARD') {
        throw new ServiceError('StateMachineTypeNotSupported', `the local AWS does not support ${input.type} state machines`);
      }
      const name = checkName(input.name);
      const definition = parseDefinition(checkText(input.definition, 'definition'));
      const machine: Machine = {
        arn: `arn:aws:states:${ground.region}:${ground.accountId}:stateMachine:${name}`,
        name,
        status: 'ACTIVE',
        createdMs: nowMs(),
        revision: { id: 'INITIAL', text: input.definition, definition, roleArn: checkRole(input.roleArn) },
        loggingConfiguration: input.loggingConfiguration ?? NO_LOGGING,
        tracingConfiguration: input.tracingConfiguration ?? NO_TRACING,
        tags: input.tags ?? [],
      };
      const existing = byArn.get(machine.arn);
      if (existing) findActive(existing.arn);
      else byArn.set(machine.arn, machine);
      if (existing && !isSame(existing, machine)) {
        throw new ServiceError('StateMachineAlreadyExists', `State Machine Already Exists: '${machine.arn}'`);
      }
      return { stateMachineArn: machine.arn, creationDate: (existing ?? machine).createdMs / 1000 };
    },

    // biome-ignore lint/suspicious/noExplicitAny: as it came over the wire
    update(input: any) {
      const known = ['stateMachineArn', 'definition', 'roleArn', 'loggingConfiguration', 'tracingConfiguration', 'publish'];
      refuseUnknownKeys(input, known, 'UpdateStateMachine');
      if (input.publish) throw new ServiceError('ValidationException', 'UpdateStateMachine: the local AWS does not support publish');
      const machine = findActive(input.stateMachineArn);
      const { definition, roleArn, loggingConfiguration, tracingConfiguration } = input;
      if (!definition && !roleArn && !loggingConfiguration && !tracingConfiguration) {
        throw new ServiceError(
          'MissingRequiredParameter',
          'Either the definition, the role ARN, the logging or the tracing configuration must be given',
        );
      }
      const text = definition === undefined ? machine.revision.text : checkText(definition, 'definition');
      const role = roleArn === undefined ? machine.revision.roleArn : checkRole(roleArn);
      machine.revision = { id: ground.newId(), text, definition: parseDefinition(text), roleArn: role };
      machine.loggingConfiguration = loggingConfiguration ?? machine.loggingConfiguration;
      machine.tracingConfiguration = tracingConfiguration ?? machine.tracingConfiguration;
      return { updateDate: nowMs() / 1000, revisionId: machine.revision.id };
    },

    describe(input: { stateMachineArn?: unknown }) {
      refuseUnknownKeys(input, ['stateMachineArn'], 'DescribeStateMachine');
      const { arn, name, status, revision, createdMs, loggingConfiguration, tracingConfiguration } = find(input.stateMachineArn);
      return {
        stateMachineArn: arn,
        name,
        status,
        type: 'STANDARD',
        definition: revision.text,
        roleArn: revision.roleArn,
        creationDate: createdMs / 1000,
        loggingConfiguration,
        tracingConfiguration,
        ...(revision.id !== 'INITIAL' && { revisionId: revision.id }),
      };
    },

    list(input: { maxResults?: unknown; nextToken?: unknown }) {
      refuseUnknownKeys(input, ['maxResults', 'nextToken'], 'ListStateMachines');
      const { page, nextToken } = pageOf([...byArn.values()], ({ arn }) => arn, input);
      const stateMachines = page.map(({ arn, name, createdMs }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate: createdMs / 1000,
      }));
      return { stateMachines, nextToken };
    },

    /** Deletes once its executions are over; AWS answers the same for one that is not there. */
    delete(input: { stateMachineArn?: unknown }) {
      refuseUnknownKeys(input, ['stateMachineArn'], 'DeleteStateMachine');
      const machine = byArn.get(checkArn(input.stateMachineArn, 'stateMachine'));
      if (!machine) return;
      machine.status = 'DELETING';
      abandon(machine);
    },

    listTags(input: { resourceArn?: unknown }) {
      refuseUnknownKeys(input, ['resourceArn'], 'ListTagsForResource');
      return { tags: find(input.resourceArn).tags };
    },
  };
}

/** AWS compares what the machine does; a different role or tags are ignored. */
function isSame(one: Machine, other: Machine): boolean {
  return (
    one.revision.text === other.revision.text &&
    isDeepStrictEqual(one.loggingConfiguration, other.loggingConfiguration) &&
    isDeepStrictEqual(one.tracingConfiguration, other.tracingConfiguration)
  );
}

function checkText(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ServiceError('ValidationException', `${field} is required`);
}

function checkRole(value: unknown): string {
  const arn = checkText(value, 'roleArn');
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+/.test(arn)) throw new ServiceError('InvalidArn', `Invalid Role Arn: '${arn}'`);
  return arn;
}
