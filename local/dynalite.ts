import { createRequire } from 'node:module';
import { ServiceError } from './service.ts';

// biome-ignore lint/suspicious/noExplicitAny: dynalite has no types, and what comes over the wire is checked by dynalite
type Data = any;
type Types = Record<string, unknown>;
interface Store {
  db: { close(done: (error: Error | null) => void): void };
  tableDb: { awsAccountId: string; awsRegion: string };
}
interface Validation {
  types: Types;
  custom?: (data: Data) => string | undefined;
}

const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
] as const;
export type TableOperation = (typeof OPERATIONS)[number];

export interface Dynalite {
  operations: readonly TableOperation[];
  /** Runs one operation. Throws a ServiceError in DynamoDB's words, or one that names the parameter that is not supported. */
  run(operation: TableOperation, input: Data): Promise<Data>;
  close(): Promise<void>;
}

const require = createRequire(import.meta.url);
const library = require('dynalite/db') as {
  create(options: Record<string, number>): Store;
  checkConditional(data: Data, item: Data): { body: Record<string, unknown> } | null | undefined;
};
const { checkTypes, checkValidations } = require('dynalite/validations') as {
  checkTypes(data: Data, types: Types): Data;
  checkValidations(data: Data, types: Types, custom: Validation['custom'], store: Store): void;
};

// What dynalite has not: with ReturnValuesOnConditionCheckFailure ALL_OLD, a failed condition tells the item it was held against.
const { checkConditional } = library;
library.checkConditional = (data, item) => {
  const failure = checkConditional(data, item);
  if (failure && item && data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') failure.body.Item = item;
  return failure;
};
const ON_CONDITION_FAILURE = { ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] } };
const CONDITIONAL: readonly TableOperation[] = ['DeleteItem', 'PutItem', 'UpdateItem'];

/**
 * The library dynalite without its HTTP server, which is a thin layer: check the types, check the rules, act.
 * Its server rethrows a database error where nobody can catch it, takes the region from the environment, and drops
 * unknown parameters in silence; here they are an error, the ground's region, and a refusal.
 */
export function createDynalite({ region, accountId }: { region: string; accountId: string }): Dynalite {
  const store = library.create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  store.tableDb.awsRegion = region;
  store.tableDb.awsAccountId = accountId;

  const steps = new Map(
    OPERATIONS.map((operation) => {
      const file = `${operation[0]?.toLowerCase()}${operation.slice(1)}`;
      const validation = require(`dynalite/validations/${file}`) as Validation;
      const act = require(`dynalite/actions/${file}`) as (
        store: Store,
        data: Data,
        done: (error: Error | null, answer: Data) => void,
      ) => void;
      const types = CONDITIONAL.includes(operation) ? { ...validation.types, ...ON_CONDITION_FAILURE } : validation.types;
      return [operation, { types, custom: validation.custom, act }];
    }),
  );

  return {
    operations: OPERATIONS,
    async run(operation, input) {
      const step = steps.get(operation);
      if (!step) throw new Error(`dynalite has no ${operation}`);
      const { types, custom } = step;
      try {
        refuseUnsupported(operation, input, types);
        const data = checkTypes(input, types);
        checkValidations(data, types, custom, store);
        return await new Promise((resolve, reject) => {
          step.act(store, data, (error, answer) => (error ? reject(error) : resolve(answer)));
        });
      } catch (error) {
        throw toServiceError(error);
      }
    },
    close: () => new Promise((resolve, reject) => store.db.close((error) => (error ? reject(error) : resolve()))),
  };
}

/** dynalite would drop what it does not know, at any depth. Attribute values are not looked into: their types are all known. */
function refuseUnsupported(where: string, input: Data, types: Types): void {
  for (const [name, value] of Object.entries(input)) {
    if (value === null || value === undefined) continue;
    const type = types[name];
    if (type === undefined) throw new ServiceError('ValidationException', `${where}: the local AWS does not support ${name}`);
    refuseUnsupportedInside(`${where}: ${name}`, value, type);
  }
}

function refuseUnsupportedInside(where: string, value: Data, type: Data): void {
  const { type: kind = '', children } = typeof type === 'string' ? { type } : (type as { type?: string; children?: Data });
  if (typeof value !== 'object' || typeof children !== 'object') return;
  if (/^(ValueStruct|FieldStruct)/.test(kind)) refuseUnsupported(where, value, children);
  else if (/^(List|Map)/.test(kind)) for (const item of Object.values(value)) refuseUnsupportedInside(where, item, children);
}

function toServiceError(error: unknown): unknown {
  const { statusCode, body } = error as { statusCode?: number; body?: Record<string, string> };
  if (!statusCode || !body) return error;
  const { __type = 'InternalServerError', message, Message, ...fields } = body;
  return new ServiceError(__type.slice(__type.indexOf('#') + 1), message ?? Message ?? '', statusCode, fields);
}
