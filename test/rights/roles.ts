import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { TagResourceCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TEMPLATE_FILE } from '../../local/cloudformation/folder.ts';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { NoReply } from '../../local/faults.ts';
import type { Statement } from '../../local/iam/policy.ts';
import { askAliasResource } from '../world/custom-resource.ts';
import { deployStack, ORDERS_FUNCTION } from '../world/deploy-stack.ts';
import { setFreezeWindows } from '../world/freeze-windows.ts';
import { openWorld, type World } from '../world/open-world.ts';

// "No role has more than it needs": each action and each resource of each statement of each role is taken away in turn, and
// then something is denied that one of these situations needs; with all of them nothing is.

interface Situation {
  name: string;
  /** Whose rights it shows first of all: the order in which situations are tried. */
  of: RegExp;
  play(world: World): Promise<void>;
}

const request = { targets: ['orders-api'], plan: '10% 1m, 100% 1m' };
const smokeTests = [{ target: 'orders-api', payload: {}, expect: { statusCode: 200 } }];
/** Teal may call a function, or an alias of one. */
const HOOKS = ['a-hook', 'a-hook:live'];
const ends = async (world: World, id: string, status: string) => expect(await world.untilOver(id)).toMatchObject({ status });

/** A stack with a function and its alias, after `others`. */
function deployOrders(world: World, others: JsonObject = {}) {
  const alias = { Name: 'live', FunctionName: { Ref: 'Orders' }, FunctionVersion: { 'Fn::GetAtt': ['OrdersVersion', 'Version'] } };
  return deployStack(world, 'orders-prod', {
    Resources: {
      ...others,
      ...ORDERS_FUNCTION,
      OrdersVersion: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Orders' } } },
      OrdersLive: { Type: 'AWS::Lambda::Alias', Properties: alias },
    },
  });
}

/** A function with an alias, in a stack, with a tag. */
async function selectable(world: World) {
  await deployOrders(world);
  await world.lambda.send(
    new TagResourceCommand({ Resource: 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api', Tags: { service: 'orders' } }),
  );
  await world.deployCode('orders-api', 'good');
}
const SELECTION = { ...request, targets: [{ stack: 'orders-prod' }, { tag: 'service=orders' }] };

const SITUATIONS: Situation[] = [
  {
    name: 'a release is promoted',
    of: /./,
    async play(world) {
      await world.aFunction('orders-api');
      await world.anAlarm('orders-errors');
      await ends(world, await world.start({ ...request, smokeTests, warm: 1, alarms: ['orders-errors'] }), 'promoted');
    },
  },
  {
    name: 'an alarm reverts a release',
    of: /^Brake/,
    async play(world) {
      await world.aFunction('orders-api');
      await world.anAlarm('orders-errors');
      const id = await world.start({ ...request, alarms: ['orders-errors'] });
      await world.untilBaking(id);
      await world.setAlarm('orders-errors', 'ALARM');
      await ends(world, id, 'reverted');
    },
  },
  {
    name: 'an alarm has no data for a while',
    of: /^Bake.*BatchWriteItem/,
    async play(world) {
      await world.aFunction('orders-api');
      await world.anAlarm('orders-errors');
      const id = await world.start({ ...request, plan: '10% 5m', alarms: ['orders-errors'] });
      await world.untilBaking(id);
      // What one look has put into the timeline the next one keeps.
      await world.setAlarm('orders-errors', 'INSUFFICIENT_DATA');
      await ends(world, id, 'promoted');
    },
  },
  {
    name: 'old versions are deleted',
    of: /^Ti(dy|ck.*TidyLambdaFunction)/,
    async play(world) {
      await world.aFunction('orders-api');
      await world.publish('orders-api');
      await world.deployCode('orders-api', 'good again');
      await world.createAlias('orders-api', '1', 'canary');
      await ends(world, await world.start({ ...request, keepVersions: 1 }), 'promoted');
      await world.minutes(57);
      // Whatever is in flight by then may use one of them.
      world.failing('plan', 'GetAlias', () => Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' }));
      await world.start({ ...request, targets: [{ function: 'orders-api', alias: 'canary', version: '3' }] });
      // Why a version stays is another line in the timeline.
      world.before('tidy', 'DeleteFunction', () => world.createAlias('orders-api', '2', 'kept'));
      await world.minutes(5);
      expect(await world.versions('orders-api')).toEqual(['1', '2', '3']);
      expect(await world.items()).not.toContainEqual(expect.objectContaining({ pk: { S: 'afterwards' } }));
    },
  },
  {
    name: 'blue has provisioned concurrency, and green stays or does not',
    of: /^Provision|ProvisionedConcurrencyConfig$/,
    async play(world) {
      await world.aFunction('orders-api');
      await world.provision('orders-api', '1', 2);
      const reverted = await world.start(request);
      await world.untilBaking(reverted);
      await world.command(reverted, 'abort');
      await ends(world, reverted, 'reverted');
      const stopped = await world.start(request);
      await world.untilBaking(stopped);
      await world.stop(stopped);
      await ends(world, stopped, 'reverted');
      world.allocate({ afterMs: 1_000, failure: 'FUNCTION_ERROR_INIT_FAILURE' });
      await ends(world, await world.start(request), 'rejected');
      world.allocate({ afterMs: 1_000 });
      await ends(world, await world.start({ ...request, rollbackWindow: '1m' }), 'promoted');
      await world.minutes(3);
      expect(await world.provisioned('orders-api')).toEqual({ 2: 2 });
    },
  },
  {
    name: 'requests take so long that cold starts may be too many',
    of: /GetAccountSettings/,
    async play(world) {
      await world.aFunction('orders-api');
      world.behaviours.blue = (_, __, ___, took) => took(100_000_000);
      await world.request('orders-api');
      await world.minutes(3);
      expect(await world.call('POST', '/dry-runs', request)).toMatchObject({ status: 200 });
      await ends(world, await world.start(request), 'promoted');
    },
  },
  {
    name: 'a smoke test rejects a release',
    of: /Reject/,
    async play(world) {
      await world.aFunction('orders-api', { next: 'bad' });
      await ends(world, await world.start({ ...request, smokeTests }), 'rejected');
    },
  },
  {
    name: 'a person asks, and aborts',
    of: /^(StartRelease|Show|Command)|Revert/,
    async play(world) {
      await world.aFunction('orders-api');
      const id = await world.start(request);
      await world.untilBaking(id);
      expect(await world.call('POST', '/releases', request)).toMatchObject({ status: 409 });
      expect(await world.call('GET', '/releases')).toMatchObject({ status: 200 });
      expect(await world.call('GET', '/functions/orders-api/aliases/live')).toMatchObject({ status: 200 });
      expect(await world.command(id, 'abort')).toMatchObject({ status: 202 });
      await ends(world, id, 'reverted');
    },
  },
  {
    name: 'a person asks for an alias that is not among the first hundred resources of its stack',
    of: /^ShowAlias.*ListStackResources/,
    async play(world) {
      const logGroups = Array.from({ length: 100 }, (_, at) => [`Log${at}`, { Type: 'AWS::Logs::LogGroup', Properties: {} }]);
      await deployOrders(world, Object.fromEntries(logGroups));
      const { body } = await world.call('GET', '/functions/orders-api/aliases/live');
      expect(body).toMatchObject({ stack: { stack: 'orders-prod', logicalId: 'OrdersLive' } });
    },
  },
  {
    name: 'a release is tried dry',
    of: /^DryRun/,
    async play(world) {
      await selectable(world);
      await world.anAlarm('orders-errors');
      await world.aFunction('a-hook');
      const asked = { ...SELECTION, alarms: ['orders-errors'], hooks: { beforeTraffic: HOOKS } };
      expect(await world.call('POST', '/dry-runs', asked)).toMatchObject({ status: 200, body: { wouldBegin: true } });
    },
  },
  {
    name: 'a function is adopted',
    of: /^Adopt/,
    async play(world) {
      const functionArn = await world.aBareFunction('orders-api');
      const { apiId } = world.aws.httpApi.create({
        name: 'shop',
        routes: [{ routeKey: 'GET /orders', functionArn, authorization: 'NONE' }],
      });
      const events = new EventBridgeClient(world.aws.clientConfig);
      await events.send(new PutRuleCommand({ Name: 'nightly', ScheduleExpression: 'rate(1 day)' }));
      await events.send(new PutTargetsCommand({ Rule: 'nightly', Targets: [{ Id: 'orders', Arn: functionArn }] }));
      const adopt = async () =>
        expect(await world.call('POST', '/adoptions', { functions: ['orders-api'] })).toMatchObject({ status: 200 });
      const ofApi = (id: string) => ({
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `arn:aws:execute-api:eu-west-1:123456789012:${id}/*`,
      });
      await world.allowBare('orders-api', 'shop', ofApi(apiId));
      await world.allowBare('orders-api', 'gone', ofApi('an-api-that-is-gone'));
      await adopt();
      // Of all APIs, when one permission is for any; and the alias is there already.
      await world.allowBare('orders-api', 'any', ofApi('*'));
      await adopt();
    },
  },
  {
    name: 'hooks are called before and after traffic',
    of: /^(BeforeTraffic|AfterTraffic|Plan.*Hooks)/,
    async play(world) {
      await world.aFunction('orders-api');
      await world.aFunction('a-hook');
      await ends(world, await world.start({ ...request, hooks: { beforeTraffic: HOOKS, afterTraffic: HOOKS } }), 'promoted');
    },
  },
  {
    name: 'hooks are called after a revert',
    of: /^AfterRevert/,
    async play(world) {
      await world.aFunction('orders-api');
      await world.aFunction('a-hook');
      const id = await world.start({ ...request, hooks: { afterRevert: HOOKS } });
      await world.untilBaking(id);
      await world.command(id, 'abort');
      await ends(world, id, 'reverted');
    },
  },
  {
    name: 'a hook never answers',
    of: /^(Wake|Tick.*Wake)/,
    async play(world) {
      await world.aFunction('orders-api');
      world.behaviours.silent = () => ({ status: 'pending' });
      await world.aFunction('a-hook', { next: 'silent' });
      await ends(world, await world.start({ ...request, hooks: { beforeTraffic: { function: 'a-hook', timeout: '2m' } } }), 'rejected');
    },
  },
  {
    name: 'somebody must approve',
    of: /^AwaitApproval/,
    async play(world) {
      await world.aFunction('orders-api');
      const id = await world.start({ ...request, approval: { before: 'traffic' } });
      await world.until(id, ({ status }) => status === 'awaiting-approval');
      await world.command(id, 'approve');
      await ends(world, id, 'promoted');
      // What is there before it is asked for is taken by the state itself.
      await world.deployCode('orders-api', 'better');
      let early = '';
      world.before('awaitActive', 'GetItem', () => world.command(early, 'approve'));
      early = await world.start({ ...request, approval: { before: 'traffic' } });
      await ends(world, early, 'promoted');
    },
  },
  {
    name: 'the stack has freeze windows',
    of: /^(StartRelease|Plan|DryRun|ShiftTraffic).*InvokeFunction/,
    async play(world) {
      await world.aFunction('orders-api');
      await setFreezeWindows(world, { start: '0 0 20 12 *', duration: '18d', reason: 'Christmas trade' });
      expect(await world.call('POST', '/dry-runs', request)).toMatchObject({ status: 200, body: { wouldBegin: true } });
      await ends(world, await world.start(request), 'promoted');
    },
  },
  {
    name: 'a release waits for another, and is woken',
    of: /^(AwaitTurn|Wake)/,
    async play(world) {
      await world.aFunction('orders-api');
      const first = await world.start({ ...request, ifBusy: 'wait' });
      await world.untilBaking(first);
      const second = await world.start({ ...request, ifBusy: 'wait' });
      await ends(world, first, 'promoted');
      await ends(world, second, 'unchanged');
    },
  },
  {
    name: 'an execution that waits is started by hand, of a stack and of a tag',
    of: /^AwaitTurn.*(ListStackResources|GetResources|GetFunction)/,
    async play(world) {
      await selectable(world);
      await ends(world, await world.startByHand({ ...SELECTION, ifBusy: 'wait' }), 'promoted');
    },
  },
  {
    name: 'previews are on green for a while, of which one is made and one moved',
    of: /^PointPreview/,
    async play(world) {
      await world.aFunction('orders-api');
      await ends(world, await world.start({ ...request, preview: 'next' }), 'promoted');
      await world.deployCode('orders-api', 'blue');
      await ends(world, await world.start({ ...request, preview: 'next' }), 'promoted');
    },
  },
  {
    name: 'an execution is stopped',
    of: /^Heal/,
    async play(world) {
      await world.aFunction('orders-api');
      const id = await world.start(request);
      await world.untilBaking(id);
      await world.stop(id);
      await ends(world, id, 'reverted');
    },
  },
  {
    name: 'a function gets its alias by its first release',
    of: /CreateAlias/,
    async play(world) {
      await world.aBareFunction('orders-api');
      await ends(world, await world.start({ ...request, smokeTests }), 'promoted');
    },
  },
  {
    name: 'and by Revert, when Promote fails after its decision',
    of: /^Revert.*CreateAlias/,
    async play(world) {
      await world.aBareFunction('orders-api');
      world.before('promote', 'CreateAlias', () => Promise.reject(new Error('no such luck')));
      await ends(world, await world.start(request), 'promoted');
    },
  },
  {
    name: 'and by Heal, when the execution is stopped after its decision',
    of: /^Heal.*CreateAlias/,
    async play(world) {
      await world.aBareFunction('orders-api');
      const id = await world.start(request);
      world.before('promote', 'CreateAlias', async () => {
        await world.stop(id);
        throw new Error('no such luck');
      });
      await ends(world, id, 'promoted');
    },
  },
  {
    name: 'an execution is started by hand',
    of: /^Plan.*(UpdateItem|BatchWriteItem)/,
    async play(world) {
      await world.aFunction('orders-api');
      await ends(world, await world.startByHand(request), 'promoted');
    },
  },
  {
    name: 'a release of a stack and of a tag',
    of: /^StartRelease.*(ListStackResources|GetResources|GetFunction)/,
    async play(world) {
      await selectable(world);
      await ends(world, await world.start(SELECTION), 'promoted');
    },
  },
  {
    name: 'an execution of a stack and of a tag is started by hand',
    of: /^Plan.*(ListStackResources|GetResources)/,
    async play(world) {
      await selectable(world);
      await ends(world, await world.startByHand(SELECTION), 'promoted');
    },
  },
  {
    name: 'nothing has changed',
    of: /^PublishVersion.*(UpdateItem|PutEvents)/,
    async play(world) {
      await world.aFunction('orders-api', { next: 'blue' });
      await ends(world, await world.start(request), 'unchanged');
    },
  },
  {
    name: 'the API dies before it starts an execution',
    of: /^(Heal.*StartExecution|Tick.*(DescribeExecution|HealLambdaFunction))/,
    async play(world) {
      await world.aFunction('orders-api');
      world.before('startRelease', 'StartExecution', () => Promise.reject(new NoReply('killed')));
      await world.call('POST', '/releases', request);
      const id = await onlyRelease(world);
      await ends(world, id, 'promoted');
    },
  },
  {
    name: 'the API dies before it claims, and another release takes the target',
    of: /^Heal.*DeleteItem/,
    async play(world) {
      await world.aFunction('orders-api');
      world.before('startRelease', 'UpdateItem', () => Promise.reject(new NoReply('killed')));
      await world.call('POST', '/releases', request);
      const left = await onlyRelease(world);
      const id = await world.start({ ...request, plan: '10% 5m, 100% 5m' });
      await ends(world, id, 'promoted');
      expect(await world.record(left)).toBeUndefined();
    },
  },
  {
    name: 'a person rolls back, at first while a release begins',
    of: /^Rollback/,
    async play(world) {
      const targets = [await world.aFunction('orders-api')];
      await ends(world, await world.start(request), 'promoted');
      const rollBack = () => world.call('POST', '/rollbacks', { targets, reason: 'checkout is broken' });
      await world.deployCode('orders-api', 'bad');
      let id = '';
      world.before('rollback', 'PutItem', async () => {
        id = await world.start(request);
      });
      expect(await rollBack()).toMatchObject({ status: 409, body: { releaseId: id } });
      await world.untilBaking(id);
      await world.command(id, 'abort');
      await ends(world, id, 'reverted');
      expect(await rollBack()).toMatchObject({ status: 200 });
    },
  },
  {
    name: 'a person rolls back without Teal, and a release begins meanwhile',
    of: /^(RecordRollback|Tick.*(GetAlias|RecordRollback))/,
    async play(world) {
      await world.aFunction('orders-api');
      await ends(world, await world.start(request), 'promoted');
      await world.deployCode('orders-api', 'bad');
      await world.rollBackDirectly('orders-api', '2', '1', new Date(world.aws.ground.clock.nowMs()).toISOString());
      let id = '';
      world.before('recordRollback', 'PutItem', async () => {
        id = await world.start(request);
      });
      await world.minutes(1);
      await world.untilBaking(id);
      await world.command(id, 'abort');
      await world.untilOver(id);
      const { body } = await world.call<{ releases: { kind?: string }[] }>('GET', '/releases');
      expect(body.releases.filter(({ kind }) => kind === 'rollback')).toHaveLength(1);
    },
  },
  {
    name: 'a stack has an alias made, and deletes it',
    of: /^AliasResource/,
    async play(world) {
      await world.aFunction('orders-api', { next: 'blue' });
      await world.deleteAlias('orders-api');
      const ResourceProperties = { FunctionName: 'orders-api', OnDelete: 'delete' };
      const made = await askAliasResource(world, { ResourceProperties });
      expect(made).toMatchObject({ Status: 'SUCCESS' });
      expect(
        await askAliasResource(world, { PhysicalResourceId: made.PhysicalResourceId, RequestType: 'Delete', ResourceProperties }),
      ).toMatchObject({ Status: 'SUCCESS' });
    },
  },
];

async function onlyRelease(world: World): Promise<string> {
  const { body } = await world.call<{ releases: { id: string }[] }>('GET', '/releases');
  return body.releases[0]!.id;
}

interface Template {
  Resources: Record<string, { Type: string; Properties: Properties; DependsOn?: string | string[] }>;
}
interface Properties {
  AssumeRolePolicyDocument?: { Statement: Statement[] };
  Policies?: { PolicyDocument: { Statement: Statement[] } }[];
}

/** One right that the template gives, and how to take it away. */
interface Right {
  name: string;
  take(template: Template): void;
}

const listOf = (value: unknown): unknown[] => [value].flat();

function rightsOf({ Resources }: Template): Right[] {
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]): Right[] => {
    if (Type === 'AWS::Lambda::Permission')
      return [
        {
          name: `${id}: a service may invoke`,
          take({ Resources: left }) {
            delete left[id];
            for (const resource of Object.values(left))
              if (resource.DependsOn) resource.DependsOn = [resource.DependsOn].flat().filter((other) => other !== id);
          },
        },
      ];
    if (Type !== 'AWS::IAM::Role') return [];
    const ofRole = (template: Template) => template.Resources[id]!.Properties;
    const trusted = Properties.AssumeRolePolicyDocument!.Statement.map(
      (_, at): Right => ({
        name: `${id}: trust`,
        // IAM takes no policy without a statement.
        take(template) {
          ofRole(template).AssumeRolePolicyDocument!.Statement[at]!.Effect = 'Deny';
        },
      }),
    );
    const allowed = Properties.Policies!.flatMap(({ PolicyDocument }, policy) =>
      PolicyDocument.Statement.flatMap((statement, at): Right[] => {
        const ofTemplate = (template: Template) => ofRole(template).Policies![policy]!.PolicyDocument.Statement;
        const parts = (member: 'Action' | 'Resource') =>
          listOf(statement[member]).map((part, index): Right => {
            const shown = member === 'Action' ? String(part) : `${listOf(statement.Action).join(', ')} on ${JSON.stringify(part)}`;
            return {
              name: `${id}: ${shown}`,
              take(template) {
                const left = listOf(ofTemplate(template)[at]![member]).filter((_, other) => other !== index);
                if (left.length > 0) ofTemplate(template)[at]![member] = left as string[];
                else ofTemplate(template).splice(at, 1);
              },
            };
          });
        // A statement's only action, or only resource, is the statement.
        return [...parts('Action'), ...(listOf(statement.Resource).length > 1 ? parts('Resource') : [])];
      }),
    );
    return [...trusted, ...allowed];
  });
}

/** Rights that no situation can show to be needed, and why they are there all the same. */
const KEPT: [RegExp, string][] = [
  [/: logs:CreateLogGroup$/, 'Lambda makes the log group anew when somebody deleted it'],
  [
    /^(AwaitActive|AwaitTurn|Rollback|StartRelease).*: lambda:GetFunction on .*:function:orders-api"/,
    'the Developer Guide says that GetFunction of a version is decided on the version; no deploy shall hang on that before a run against an account has shown it',
  ],
  [
    /: lambda:GetAlias(, lambda:UpdateAlias)? on .*:function:orders-api:\*/,
    'no document says whether AWS decides on the function or on the alias: see the question in test/local/conformance/permissions.test.ts',
  ],
];

/** The template as it is for one function alone, and one hook: with a pattern, the ARN of the function covers those of its versions. */
const template = () =>
  JSON.parse(
    readFileSync(join(inject('templateFolder'), TEMPLATE_FILE), 'utf8').replaceAll(/:function:\*(?=[:"])/g, ':function:orders-api'),
    (_, value) =>
      value?.Sid === 'Hooks' ? JSON.parse(JSON.stringify(value).replaceAll(':function:orders-api', ':function:a-hook')) : value,
  ) as Template;

/** Plays the situations until one does not go as it should; says what was denied there, or how it went wrong. */
async function playAll(folder: string, right = ''): Promise<string | undefined> {
  // The last that shows this right is the narrowest.
  const inOrder = [...SITUATIONS.filter(({ of }) => of.test(right)).reverse(), ...SITUATIONS.filter(({ of }) => !of.test(right))];
  for (const { name, play } of inOrder) {
    const { promise: denied, resolve: onDenied } = Promise.withResolvers<string>();
    let world: World | undefined;
    const played = (async () => {
      world = await openWorld({ folder, onDenied: ({ message }) => onDenied(message) });
      await play(world);
    })();
    const said = await Promise.race([
      denied,
      played.then(
        () => undefined,
        (error: Error) => error.message,
      ),
    ]);
    // Without a clock the situation comes to an end; the world is closed when nothing in it runs any more.
    world?.aws.ground.clock.close();
    await played.catch(() => {});
    await world?.settled();
    await world?.close();
    if (said !== undefined) return `${name}: ${said}`;
  }
  return undefined;
}

/** Two files play every second right each, at once. */
export const describeRoles = (part: 0 | 1) =>
  describe('the roles of the template', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'teal-roles-'));
      for (const name of readdirSync(inject('templateFolder'))) {
        if (name.endsWith('.zip')) symlinkSync(join(inject('templateFolder'), name), join(folder, name));
      }
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** The package, with its template changed; until the next one is asked for. */
    function packageWith(change: (changed: Template) => void): string {
      const changed = template();
      change(changed);
      writeFileSync(join(folder, TEMPLATE_FILE), JSON.stringify(changed));
      return folder;
    }

    if (part === 0) {
      it('give all that is needed: nothing is denied in any situation', async () => {
        expect(await playAll(packageWith(() => {}))).toBeUndefined();
      }, 120_000);

      it('are all there still that are kept for a reason', () => {
        const names = rightsOf(template()).map(({ name }) => name);
        for (const [kept] of KEPT) expect(names.some((name) => kept.test(name))).toBe(true);
      });
    }

    it.for(
      rightsOf(template())
        .filter(({ name }) => !KEPT.some(([kept]) => kept.test(name)))
        .filter((_, index) => index % 2 === part),
    )('give nothing more: something is denied without $name', async ({ name, take }) => {
      expect(await playAll(packageWith(take), name)).toMatch(/not authorized to perform: [a-z-]+:\w+ on resource: /);
    });
  });
