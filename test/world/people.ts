import {
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  InvokeCommand,
  ListProvisionedConcurrencyConfigsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import { withServingNote } from '../../functions/release/serving-note.ts';
import type { WorldClients } from './clients.ts';

const ROLE = 'arn:aws:iam::123456789012:role/sample';

/** Code that does what the behaviour of this name does; what follows the name makes it other code. */
export const codeOf = (behaviour: string) => zipSync({ 'index.mjs': [Buffer.from(behaviour), { mtime: '2026-01-01T00:00:00' }] });

/** What people have and do in an account: functions, aliases, alarms, requests. */
export function createPeople({ lambda, cloudwatch }: WorldClients) {
  const people = {
    /** A function whose version 1 serves behind alias `live`, with newer code in $LATEST. */
    async aFunction(name: string, { next = 'good', role = ROLE, alias = 'live' }: { next?: string; role?: string; alias?: string } = {}) {
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: role,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: codeOf('blue') },
          Publish: true,
        }),
      );
      await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: alias, FunctionVersion: '1' }));
      if (next !== 'blue') await people.deployCode(name, next);
      return name;
    },

    /** A function that was never published and has no alias, as a deploy without Teal leaves it. */
    async aBareFunction(name: string, { tags = {} }: { tags?: Record<string, string> } = {}) {
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: ROLE,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: codeOf('blue') },
          Tags: tags,
        }),
      );
      return `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;
    },

    /** Puts code into $LATEST, as a deploy does. Other code for each behaviour. */
    async deployCode(name: string, behaviour: string) {
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: codeOf(behaviour) }));
    },

    /** Gives $LATEST another role, as a deploy does. */
    async changeRole(name: string, Role = 'arn:aws:iam::123456789012:role/other') {
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Role }));
    },

    async publish(name: string) {
      return (await lambda.send(new PublishVersionCommand({ FunctionName: name }))).Version!;
    },

    async provision(name: string, version: string, count: number) {
      await lambda.send(
        new PutProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier: version, ProvisionedConcurrentExecutions: count }),
      );
    },

    /** How much provisioned concurrency was asked for, by version or alias. */
    async provisioned(name: string): Promise<Record<string, number>> {
      const { ProvisionedConcurrencyConfigs } = await lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName: name }));
      return Object.fromEntries(
        ProvisionedConcurrencyConfigs!.map((one) => [one.FunctionArn!.split(':').at(-1)!, one.RequestedProvisionedConcurrentExecutions!]),
      );
    },

    /** The numbers of all published versions. */
    async versions(name: string) {
      const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: name }));
      return Versions!.map(({ Version }) => Version!).filter((version) => version !== '$LATEST');
    },

    async deleteFunction(name: string) {
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
    },

    async deleteVersion(name: string, version: string) {
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier: version }));
    },

    /** The alias's version and weights, as Lambda has them. */
    async alias(name: string, alias = 'live') {
      const found = await lambda.send(new GetAliasCommand({ FunctionName: name, Name: alias }));
      return { version: found.FunctionVersion!, weights: found.RoutingConfig?.AdditionalVersionWeights ?? {} };
    },

    /** A person moves an alias. */
    async moveAlias(name: string, version: string, weights: Record<string, number> = {}, alias = 'live') {
      await lambda.send(
        new UpdateAliasCommand({
          FunctionName: name,
          Name: alias,
          FunctionVersion: version,
          RoutingConfig: { AdditionalVersionWeights: weights },
        }),
      );
    },

    async describeAlias(name: string, Description: string) {
      await lambda.send(new UpdateAliasCommand({ FunctionName: name, Name: 'live', Description }));
    },

    async aliasDescription(name: string) {
      return (await lambda.send(new GetAliasCommand({ FunctionName: name, Name: 'live' }))).Description;
    },

    /** What `teal rollback --direct` writes. */
    async rollBackDirectly(name: string, from: string, version: string, at: string) {
      const named = { FunctionName: name, Name: 'live' };
      const { Description } = await lambda.send(new GetAliasCommand(named));
      const direct = { at, by: 'arn:aws:iam::123456789012:user/grace', reason: 'the API is down' };
      const note = { version, rolledBackFrom: from, direct };
      await lambda.send(
        new UpdateAliasCommand({
          ...named,
          FunctionVersion: version,
          RoutingConfig: { AdditionalVersionWeights: {} },
          Description: withServingNote(Description, note),
        }),
      );
    },

    async createAlias(name: string, version: string, alias = 'live') {
      await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: alias, FunctionVersion: version }));
    },

    async deleteAlias(name: string, alias = 'live') {
      await lambda.send(new DeleteAliasCommand({ FunctionName: name, Name: alias }));
    },

    /** Lets a service call the alias, as a deploy with an HTTP API does. */
    async allowInvoke(name: string, Principal: string, alias = 'live') {
      await lambda.send(
        new AddPermissionCommand({
          FunctionName: name,
          Qualifier: alias,
          StatementId: 'calls',
          Action: 'lambda:InvokeFunction',
          Principal,
        }),
      );
    },

    /** Lets somebody invoke the bare function. */
    async allowBare(
      name: string,
      StatementId: string,
      permission: Omit<AddPermissionCommandInput, 'FunctionName' | 'StatementId' | 'Action'>,
    ) {
      await lambda.send(new AddPermissionCommand({ FunctionName: name, StatementId, Action: 'lambda:InvokeFunction', ...permission }));
    },

    /** One request of a user, through the alias. */
    async request(name: string, qualifier = 'live') {
      const answer = await lambda.send(new InvokeCommand({ FunctionName: name, Qualifier: qualifier, Payload: Buffer.from('{}') }));
      return { version: answer.ExecutedVersion!, isFailed: answer.FunctionError !== undefined };
    },

    /** An alarm that stays in the state that a test sets. */
    async anAlarm(name: string, state: StateValue = 'OK', rest: Partial<PutMetricAlarmCommandInput> = {}) {
      await cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName: name,
          Namespace: 'Test',
          MetricName: name,
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 0,
          ComparisonOperator: 'GreaterThanThreshold',
          TreatMissingData: 'ignore',
          ...rest,
        }),
      );
      await people.setAlarm(name, state);
      return name;
    },

    async setAlarm(name: string, state: StateValue, reason = 'the test says so') {
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: reason }));
    },

    async deleteAlarm(name: string) {
      await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
    },
  };
  return people;
}
