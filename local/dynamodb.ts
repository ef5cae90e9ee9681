import { createDynalite, type TableOperation } from './dynalite.ts';
import { createJsonService, type Operation, refuseUnknownKeys } from './json-protocol.ts';
import { type Ground, ServiceError, type WireService } from './service.ts';

const EXPRESSIONS = ['ConditionExpression', 'FilterExpression', 'KeyConditionExpression', 'ProjectionExpression', 'UpdateExpression'];
const LONGEST_EXPRESSION_BYTES = 4096;

const ITEM_ACCESS: Partial<Record<TableOperation, 'Read' | 'Write'>> = {
  GetItem: 'Read',
  PutItem: 'Write',
  UpdateItem: 'Write',
  DeleteItem: 'Write',
};

/** What DynamoDB keeps about a table beside dynalite's own. */
interface TableSettings {
  createdMs: number;
  isProtected: boolean;
  timeToLiveAttribute?: string;
  backsUpSinceMs?: number;
  /** The attribute of the partition key. */
  partitionKey?: string;
}

/**
 * DynamoDB on the library dynalite, in this process. Added here: the 4 KB limit of expressions, time to live, point-in-time
 * recovery and deletion protection. Items past their time to live stay, as they may on AWS: it deletes them within days.
 * Transactions, streams, global tables and PartiQL are refused by name.
 */
export function createDynamoDb(ground: Ground): WireService & { close(): Promise<void> } {
  const dynalite = createDynalite(ground);
  const settings = new Map<string, TableSettings>();

  const newSettings = (isProtected = false): TableSettings => ({ createdMs: ground.clock.nowMs(), isProtected });
  /** Throws ResourceNotFoundException. */
  const settingsOf = async (tableName: string): Promise<TableSettings> => {
    await dynalite.run('DescribeTable', { TableName: tableName });
    return settings.get(tableName) ?? newSettings();
  };

  /** Creating, updating and deleting a table go on after the answer: they count as running until they are done. */
  const untilStill = async (tableName: string): Promise<void> => {
    for (;;) {
      const table = await dynalite.run('DescribeTable', { TableName: tableName }).catch(() => undefined);
      if (!table || table.Table.TableStatus === 'ACTIVE') return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  // dynalite stamps tables with the machine's time; deletion protection it does not know.
  const withSettings = (table: Record<string, unknown>) => {
    const { createdMs, isProtected } = settings.get(table.TableName as string) ?? newSettings();
    return { ...table, CreationDateTime: createdMs / 1000, DeletionProtectionEnabled: isProtected };
  };

  const runOnItems = (name: TableOperation, input: Record<string, unknown>) => {
    checkExpressionSizes(input);
    return withinQuotas(name, input);
  };

  /** The single-item operations count against what a partition gives an item; batches, queries, scans and indexes are not metered here. */
  const withinQuotas = async (name: TableOperation, input: Record<string, unknown>) => {
    const kind = ITEM_ACCESS[name];
    const key = (input.Key ?? input.Item) as Record<string, unknown> | undefined;
    const { quotas } = ground;
    if (!quotas || !kind || !key) return dynalite.run(name, input);
    const partitionKey = settings.get(input.TableName as string)?.partitionKey ?? '';
    const tableArn = `arn:aws:dynamodb:${ground.region}:${ground.accountId}:table/${input.TableName}`;
    const item = { tableArn, key: JSON.stringify(key[partitionKey]) };
    quotas.admitItem(kind, item);
    const { ReturnConsumedCapacity: asked = 'NONE' } = input;
    const { ConsumedCapacity, ...answer } = await dynalite.run(name, {
      ...input,
      ReturnConsumedCapacity: asked === 'NONE' ? 'TOTAL' : asked,
    });
    quotas.payForItem(kind, item, ConsumedCapacity.CapacityUnits);
    return asked === 'NONE' ? answer : { ...answer, ConsumedCapacity };
  };
  const items: Record<string, Operation> = Object.fromEntries(
    dynalite.operations.map((name) => [name, (input: Record<string, unknown>) => runOnItems(name, input)]),
  );

  const tables: Record<string, Operation> = {
    async CreateTable({ DeletionProtectionEnabled, ...input }) {
      const { TableDescription } = await dynalite.run('CreateTable', input);
      const { AttributeName: partitionKey } = input.KeySchema.find(({ KeyType }: { KeyType: string }) => KeyType === 'HASH');
      settings.set(input.TableName, { ...newSettings(DeletionProtectionEnabled), partitionKey });
      void ground.work.track(untilStill(input.TableName));
      return { TableDescription: withSettings(TableDescription) };
    },

    async UpdateTable({ DeletionProtectionEnabled, ...input }) {
      const table = await settingsOf(input.TableName);
      const isOnlyProtection = Object.keys(input).length === 1 && DeletionProtectionEnabled !== undefined;
      const { Table, TableDescription = Table } = await dynalite.run(isOnlyProtection ? 'DescribeTable' : 'UpdateTable', input);
      // Only once the rest of the update is taken.
      if (DeletionProtectionEnabled !== undefined) table.isProtected = DeletionProtectionEnabled;
      void ground.work.track(untilStill(input.TableName));
      return { TableDescription: withSettings(TableDescription) };
    },

    async DescribeTable(input) {
      const { Table } = await dynalite.run('DescribeTable', input);
      return { Table: withSettings(Table) };
    },

    async DeleteTable(input) {
      const table = await settingsOf(input.TableName);
      if (table.isProtected) {
        throw validation('Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.');
      }
      const { TableDescription } = await dynalite.run('DeleteTable', input);
      void ground.work.track(untilStill(input.TableName)).then(() => {
        // Unless there is another table of that name by now.
        if (settings.get(input.TableName) === table) settings.delete(input.TableName);
      });
      return { TableDescription: withSettings(TableDescription) };
    },

    async UpdateTimeToLive(input) {
      refuseUnknownKeys(input, ['TableName', 'TimeToLiveSpecification'], 'UpdateTimeToLive');
      const table = await settingsOf(input.TableName);
      const { Enabled, AttributeName } = input.TimeToLiveSpecification ?? {};
      if (typeof Enabled !== 'boolean' || !AttributeName) throw validation('TimeToLiveSpecification needs Enabled and AttributeName');
      if (Enabled === (table.timeToLiveAttribute !== undefined))
        throw validation(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`);
      table.timeToLiveAttribute = Enabled ? AttributeName : undefined;
      return { TimeToLiveSpecification: { Enabled, AttributeName } };
    },

    async DescribeTimeToLive(input) {
      refuseUnknownKeys(input, ['TableName'], 'DescribeTimeToLive');
      const { timeToLiveAttribute } = await settingsOf(input.TableName);
      const isOn = timeToLiveAttribute !== undefined;
      return {
        TimeToLiveDescription: isOn
          ? { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLiveAttribute }
          : { TimeToLiveStatus: 'DISABLED' },
      };
    },

    async UpdateContinuousBackups(input) {
      refuseUnknownKeys(input, ['TableName', 'PointInTimeRecoverySpecification'], 'UpdateContinuousBackups');
      const specification = input.PointInTimeRecoverySpecification ?? {};
      refuseUnknownKeys(specification, ['PointInTimeRecoveryEnabled'], 'PointInTimeRecoverySpecification');
      const table = await settingsOf(input.TableName);
      table.backsUpSinceMs = specification.PointInTimeRecoveryEnabled ? (table.backsUpSinceMs ?? ground.clock.nowMs()) : undefined;
      return describeBackups(table, ground.clock.nowMs());
    },

    async DescribeContinuousBackups(input) {
      refuseUnknownKeys(input, ['TableName'], 'DescribeContinuousBackups');
      return describeBackups(await settingsOf(input.TableName), ground.clock.nowMs());
    },
  };

  const service = createJsonService({ prefix: 'DynamoDB_20120810', version: '1.0', operations: { ...items, ...tables } });
  return {
    handle: (request) => ground.work.track(service.handle(request)),
    close: () => dynalite.close(),
  };
}

function checkExpressionSizes(input: Record<string, unknown>): void {
  // BatchGetItem has its projections one level down, per table.
  const parts = [input, ...Object.values((input.RequestItems as Record<string, Record<string, unknown>>) ?? {})];
  for (const part of parts) {
    for (const name of EXPRESSIONS) {
      const bytes = typeof part[name] === 'string' ? Buffer.byteLength(part[name]) : 0;
      if (bytes <= LONGEST_EXPRESSION_BYTES) continue;
      throw validation(`Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    }
  }
}

function describeBackups({ backsUpSinceMs }: TableSettings, nowMs: number) {
  const recovery =
    backsUpSinceMs === undefined
      ? { PointInTimeRecoveryStatus: 'DISABLED' }
      : {
          PointInTimeRecoveryStatus: 'ENABLED',
          RecoveryPeriodInDays: 35,
          EarliestRestorableDateTime: backsUpSinceMs / 1000,
          LatestRestorableDateTime: nowMs / 1000,
        };
  return { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: recovery } };
}

const validation = (message: string) => new ServiceError('ValidationException', message);
