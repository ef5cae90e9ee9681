import type { Timer } from '../clock.ts';
import { deliver } from '../events/delivery.ts';
import {
  type Fields,
  invalid,
  jsonResponse,
  parseJsonObject,
  readOneOf,
  readText,
  refuseUnknownKeys,
  toServiceError,
} from '../json-protocol.ts';
import { operationOf } from '../operation.ts';
import { type Ground, type Invoker, ServiceError, type WireRequest, type WireService } from '../service.ts';
import { payloadFor } from './invocation.ts';
import { compileOccurrences, type Occurrences } from './occurrences.ts';
import { readSettings, SCHEDULE_NAME, type ScheduleSettings } from './schedule-request.ts';

interface Schedule {
  name: string;
  arn: string;
  settings: ScheduleSettings;
  occurrences: Occurrences;
  timer?: Timer;
  /** The next occurrence is the first one after this. */
  afterMs: number;
  clientToken: unknown;
  createdMs: number;
  modifiedMs: number;
}

const GROUP = 'default';

/** EventBridge Scheduler: schedules of the default group that invoke Lambda functions. */
export function createScheduler(ground: Ground, invoker: Invoker): WireService & { close(): void } {
  const schedules = new Map<string, Schedule>();
  const { clock } = ground;

  const fire = (schedule: Schedule, dueMs: number) => {
    const { Arn, RoleArn, Input, RetryPolicy } = schedule.settings.Target;
    deliver(
      ground,
      { from: 'scheduler', what: schedule.arn.slice(schedule.arn.lastIndexOf('/') + 1), target: Arn },
      (attempt) =>
        invoker.invokeAsync({
          functionName: Arn,
          payload: payloadFor(ground, Input, { scheduleArn: schedule.arn, dueMs, attempt }),
          by: { roleArn: RoleArn, session: 'scheduler' },
        }),
      RetryPolicy,
    );
  };

  /** Each occurrence arms the one after itself, not after now: a clock that jumps passes over none. */
  const arm = (schedule: Schedule, afterMs: number) => {
    schedule.timer?.cancel();
    schedule.afterMs = afterMs;
    const dueMs = schedule.settings.State === 'ENABLED' ? schedule.occurrences.next(afterMs) : undefined;
    if (dueMs === undefined) return;
    schedule.timer = clock.at(dueMs, () => {
      fire(schedule, dueMs);
      arm(schedule, dueMs);
      const isOver = schedule.occurrences.next(dueMs) === undefined;
      if (isOver && schedule.settings.ActionAfterCompletion === 'DELETE') schedules.delete(schedule.name);
    });
  };

  const compile = (settings: ScheduleSettings) =>
    compileOccurrences(settings.ScheduleExpression, {
      nowMs: clock.nowMs(),
      startMs: settings.StartDate === undefined ? undefined : settings.StartDate * 1000,
      endMs: settings.EndDate === undefined ? undefined : settings.EndDate * 1000,
      timezone: settings.ScheduleExpressionTimezone,
    });

  const find = (name: string): Schedule => {
    const schedule = schedules.get(name);
    if (!schedule) throw new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
    return schedule;
  };

  const create = (name: string, input: Fields) => {
    const settings = readSettings(input, 'CreateSchedule');
    const existing = schedules.get(name);
    if (existing) {
      if (input.ClientToken && existing.clientToken === input.ClientToken) return { ScheduleArn: existing.arn };
      throw new ServiceError('ConflictException', `Schedule ${name} already exists.`, 409);
    }
    const occurrences = compile(settings);
    const schedule: Schedule = {
      name,
      arn: `arn:aws:scheduler:${ground.region}:${ground.accountId}:schedule/${GROUP}/${name}`,
      settings,
      occurrences,
      afterMs: occurrences.beforeFirstMs,
      clientToken: input.ClientToken,
      createdMs: clock.nowMs(),
      modifiedMs: clock.nowMs(),
    };
    schedules.set(name, schedule);
    arm(schedule, schedule.afterMs);
    return { ScheduleArn: schedule.arn };
  };

  const update = (name: string, input: Fields) => {
    const schedule = find(name);
    const settings = readSettings(input, 'UpdateSchedule');
    const isSameRhythm = (['ScheduleExpression', 'ScheduleExpressionTimezone', 'StartDate', 'EndDate'] as const).every(
      (key) => settings[key] === schedule.settings[key],
    );
    if (!isSameRhythm) {
      schedule.occurrences = compile(settings);
      schedule.afterMs = schedule.occurrences.beforeFirstMs;
    } else if (schedule.settings.State === 'DISABLED') {
      schedule.afterMs = Math.max(schedule.afterMs, clock.nowMs());
    }
    schedule.settings = settings;
    schedule.modifiedMs = clock.nowMs();
    arm(schedule, schedule.afterMs);
    return { ScheduleArn: schedule.arn };
  };

  const remove = (name: string) => {
    find(name).timer?.cancel();
    schedules.delete(name);
  };

  const list = (query: URLSearchParams) => {
    const input: Fields = Object.fromEntries(query);
    refuseUnknownKeys(input, ['ScheduleGroup', 'NamePrefix', 'State', 'NextToken', 'MaxResults'], 'ListSchedules');
    refuseOtherGroup(input.ScheduleGroup);
    const state = input.State === undefined ? undefined : readOneOf(input, 'State', ['ENABLED', 'DISABLED']);
    const limit = Number(input.MaxResults ?? 100);
    if (!(limit >= 1 && limit <= 100)) throw invalid(`MaxResults must be from 1 to 100, not ${input.MaxResults}`);
    const found = [...schedules.values()]
      .filter((schedule) => schedule.name.startsWith(String(input.NamePrefix ?? '')) && (!state || schedule.settings.State === state))
      .filter((schedule) => schedule.name > String(input.NextToken ?? ''))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = found.slice(0, limit);
    return { Schedules: page.map(summarize), NextToken: found.length > limit ? page.at(-1)!.name : undefined };
  };

  const route = (request: WireRequest): unknown => {
    const { method, path, query, body } = request;
    if (method === 'GET' && path === '/schedules') return list(query);
    const [, encoded] = /^\/schedules\/([^/]+)$/.exec(path) ?? [];
    if (encoded === undefined || !['POST', 'PUT', 'GET', 'DELETE'].includes(method)) {
      throw new ServiceError(
        'UnknownOperationException',
        `the local AWS does not support ${operationOf(request, 'scheduler')} of EventBridge Scheduler`,
        404,
      );
    }
    const name = readText({ Name: decodeURIComponent(encoded) }, 'Name', SCHEDULE_NAME);
    const input = method === 'POST' || method === 'PUT' ? parseJsonObject(body) : {};
    refuseOtherGroup(input.GroupName ?? query.get('groupName'));
    if (method === 'POST') return create(name, input);
    if (method === 'PUT') return update(name, input);
    if (method === 'DELETE') return remove(name);
    return describe(find(name));
  };

  return {
    async handle(request) {
      try {
        return jsonResponse(200, route(request) ?? {});
      } catch (error) {
        const { code, status, message } = toServiceError(error);
        const response = jsonResponse(status, { Message: message });
        response.headers['x-amzn-errortype'] = code;
        return response;
      }
    },
    close() {
      for (const schedule of schedules.values()) schedule.timer?.cancel();
      schedules.clear();
    },
  };
}

function refuseOtherGroup(group: unknown): void {
  if (group == null || group === GROUP) return;
  throw new ServiceError(
    'ResourceNotFoundException',
    `Schedule group ${group} does not exist: the local AWS has the default group only.`,
    404,
  );
}

const summarize = ({ name, arn, settings, createdMs, modifiedMs }: Schedule) => ({
  Arn: arn,
  Name: name,
  GroupName: GROUP,
  State: settings.State,
  CreationDate: createdMs / 1000,
  LastModificationDate: modifiedMs / 1000,
  Target: { Arn: settings.Target.Arn },
});

const describe = (schedule: Schedule) => ({ ...summarize(schedule), ...schedule.settings });
