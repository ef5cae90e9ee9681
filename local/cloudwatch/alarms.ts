import type { Timer } from '../clock.ts';
import { type Fields, invalid, readOneOf, readText, refuseUnknownKeys } from '../json-protocol.ts';
import { type EventBus, type Ground, ServiceError } from '../service.ts';
import { type Alarm, type CompositeAlarm, type MetricAlarm, STATES, type StateValue } from './alarm.ts';
import { evaluate, evaluationRange } from './alarm-evaluation.ts';
import { stateChangeEvent } from './alarm-event.ts';
import { createAlarmHistory } from './alarm-history.ts';
import { alarmTime, explain } from './alarm-reason.ts';
import { describeAlarms, readAlarmNames } from './describe-alarms.ts';
import type { Series } from './math-values.ts';
import { evaluateQueries } from './metric-query.ts';
import type { MetricStore } from './metric-store.ts';
import { type CompositeAlarmSettings, type MetricAlarmSettings, readAlarmName, readCompositeAlarm, readMetricAlarm } from './put-alarm.ts';

const MINUTE_MS = 60_000;
/** How long after a minute's end its data is evaluated. */
const EVALUATION_LAG_MS = 5_000;

/** The alarms, evaluated once a minute by one timer, as CloudWatch does whatever their period. */
export function createAlarms(ground: Ground, store: MetricStore, bus: EventBus) {
  const { clock } = ground;
  const alarms = new Map<string, Alarm>();
  const history = createAlarmHistory(() => clock.nowMs());
  let timer: Timer | undefined;

  const composites = () => [...alarms.values()].filter((alarm) => alarm.kind === 'CompositeAlarm');
  const arnOf = (name: string) => `arn:aws:cloudwatch:${ground.region}:${ground.accountId}:alarm:${name}`;
  const nameOf = (nameOrArn: string) => (nameOrArn.startsWith(arnOf('')) ? nameOrArn.slice(arnOf('').length) : nameOrArn);
  const isChild = (composite: CompositeAlarm, name: string) => composite.rule.children.some((child) => nameOf(child) === name);
  const find = (name: string): Alarm => {
    const alarm = alarms.get(name);
    if (!alarm) throw new ServiceError('ResourceNotFound', `Unknown alarm: ${name}`, 404);
    return alarm;
  };

  const setState = (alarm: Alarm, value: StateValue, reason: string, reasonData?: string) => {
    const previous = alarm.state;
    const nowMs = clock.nowMs();
    const isTransition = previous.value !== value;
    alarm.state = { value, reason, reasonData, updatedMs: nowMs, transitionedMs: isTransition ? nowMs : previous.transitionedMs };
    if (!isTransition) return;
    history.add(alarm, previous);
    bus.publish(stateChangeEvent(alarm, previous));
    for (const composite of composites()) if (isChild(composite, alarm.name)) evaluateComposite(composite, alarm);
  };

  const evaluateComposite = (composite: CompositeAlarm, trigger?: Alarm) => {
    const holds = composite.rule.holds((child) => alarms.get(nameOf(child))?.state.value ?? 'INSUFFICIENT_DATA');
    const value: StateValue = holds ? 'ALARM' : 'OK';
    if (value === composite.state.value) return;
    if (!trigger) return setState(composite, value, `${composite.arn} was created and its alarm rule evaluates to ${value}`);
    const { state } = trigger;
    const triggeringAlarms = [{ arn: trigger.arn, state: { value: state.value, timestamp: alarmTime(state.updatedMs) } }];
    const reason = `${trigger.arn} transitioned to ${state.value} at ${longTime(state.updatedMs)}`;
    setState(composite, value, reason, JSON.stringify({ triggeringAlarms }));
  };

  const evaluateMetric = (alarm: MetricAlarm, endMs: number) => {
    const periodMs = alarm.threshold.periodSeconds * 1000;
    const count = evaluationRange(alarm.threshold.evaluationPeriods);
    // The window slides by the minute: it ends with the last whole minute, not with the last whole period.
    const startMs = endMs - count * periodMs;
    const values = evaluateQueries(alarm.queries, store, () => ({ startMs, periodMs, count }));
    const verdict = evaluate(values.get(alarm.watchedId) as Series, startMs, alarm.threshold);
    if (!verdict || verdict.state === alarm.state.value) return;
    const { reason, reasonData } = explain(alarm, verdict, clock.nowMs());
    setState(alarm, verdict.state, reason, reasonData);
  };

  /** Evaluates at the end of each minute in turn: a clock that jumps passes over none. */
  const arm = (minuteMs: number) => {
    timer = clock.at(minuteMs + EVALUATION_LAG_MS, () => {
      timer = undefined;
      for (const alarm of [...alarms.values()]) if (alarm.kind === 'MetricAlarm') evaluateMetric(alarm, minuteMs);
      if (hasMetricAlarms()) arm(minuteMs + MINUTE_MS);
    });
  };
  const hasMetricAlarms = () => [...alarms.values()].some(({ kind }) => kind === 'MetricAlarm');
  const nextMinuteMs = () => Math.ceil((clock.nowMs() - EVALUATION_LAG_MS) / MINUTE_MS) * MINUTE_MS;

  /** A changed alarm keeps its state until the next evaluation; a new one begins without data. */
  const put = (settings: MetricAlarmSettings | CompositeAlarmSettings): Alarm => {
    const nowMs = clock.nowMs();
    const existing = alarms.get(settings.name);
    if (existing && existing.kind !== settings.kind) throw invalid(`An alarm of another type already has the name ${settings.name}.`);
    const initial = { value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', updatedMs: nowMs, transitionedMs: nowMs };
    const alarm = { ...settings, arn: arnOf(settings.name), configuredMs: nowMs, state: existing?.state ?? initial } as Alarm;
    alarms.set(alarm.name, alarm);
    return alarm;
  };

  const checkChildren = ({ name, rule }: CompositeAlarmSettings) => {
    const absent = rule.children.map(nameOf).filter((child) => !alarms.has(child));
    if (absent.length) {
      throw invalid(`Could not save the composite alarm as alarms [${absent.map(arnOf).join(', ')}] in the alarm rule do not exist`);
    }
    const reaches = (child: string): boolean => {
      const alarm = alarms.get(child);
      return child === name || (alarm?.kind === 'CompositeAlarm' && alarm.rule.children.map(nameOf).some(reaches));
    };
    if (rule.children.map(nameOf).some(reaches)) throw invalid(`the local AWS does not support composite alarms in a cycle: ${name}`);
  };

  const setActionsEnabled = (operation: string, isEnabled: boolean) => (input: Fields) => {
    for (const name of readAlarmNames(input, operation)) {
      const alarm = alarms.get(name);
      if (alarm) alarm.actionsEnabled = isEnabled;
    }
  };

  return {
    operations: {
      PutMetricAlarm(input: Fields) {
        put(readMetricAlarm(input));
        if (!timer) arm(nextMinuteMs());
      },

      PutCompositeAlarm(input: Fields) {
        const settings = readCompositeAlarm(input);
        checkChildren(settings);
        const alarm = put(settings);
        clock.at(clock.nowMs(), () => {
          if (alarms.get(alarm.name) === alarm) evaluateComposite(alarm as CompositeAlarm);
        });
      },

      DescribeAlarms: (input: Fields) => describeAlarms(alarms.values(), input),
      DescribeAlarmHistory: history.DescribeAlarmHistory,

      DeleteAlarms(input: Fields) {
        const named = readAlarmNames(input, 'DeleteAlarms');
        const names = named.filter((name) => alarms.has(name));
        if (names.filter((name) => find(name).kind === 'CompositeAlarm').length > 1) {
          throw invalid('One operation can delete one composite alarm at most.');
        }
        for (const name of names) {
          const parent = composites().find((composite) => isChild(composite, name) && !names.includes(composite.name));
          if (parent) throw invalid(`Cannot delete ${name} as there are composite alarm(s) depending on it.`);
        }
        for (const name of names) alarms.delete(name);
        if (!hasMetricAlarms()) {
          timer?.cancel();
          timer = undefined;
        }
        // AWS: "If you specify any incorrect alarm names, the alarms you specify with correct names are still deleted."
        for (const name of named) if (!names.includes(name)) find(name);
      },

      SetAlarmState(input: Fields) {
        refuseUnknownKeys(input, ['AlarmName', 'StateValue', 'StateReason', 'StateReasonData'], 'SetAlarmState');
        const alarm = find(readAlarmName(input));
        const value = readOneOf(input, 'StateValue', STATES);
        const reason = readText(input, 'StateReason', { min: 0, max: 1023 });
        setState(
          alarm,
          value,
          reason,
          input.StateReasonData == null ? undefined : readText(input, 'StateReasonData', { min: 0, max: 4000 }),
        );
      },

      EnableAlarmActions: setActionsEnabled('EnableAlarmActions', true),
      DisableAlarmActions: setActionsEnabled('DisableAlarmActions', false),
    },

    close(): void {
      timer?.cancel();
      alarms.clear();
    },
  };
}

/** As the reasons of composite alarms write a time: `Friday 22 July, 2022 15:57:45 UTC`. */
function longTime(ms: number): string {
  const part = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(ms);
  const date = `${part({ weekday: 'long' })} ${part({ day: '2-digit' })} ${part({ month: 'long' })}, ${part({ year: 'numeric' })}`;
  return `${date} ${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
