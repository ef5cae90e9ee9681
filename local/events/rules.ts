import type { Timer } from '../clock.ts';
import {
  constraint,
  type Fields,
  invalid,
  isObject,
  readInteger,
  readList,
  readOneOf,
  readText,
  refuseUnknownKeys,
} from '../json-protocol.ts';
import { type BusEvent, type Ground, ServiceError } from '../service.ts';
import { isLambdaArn, type RetryPolicy, readRetryPolicy } from './delivery.ts';
import { compileEventPattern, type EventMatch } from './event-pattern.ts';
import { compileRuleSchedule, createRuleTimer } from './rule-schedule.ts';
import { readTargetInput, type TargetInput } from './target-input.ts';

export interface Target extends TargetInput {
  Id: string;
  Arn: string;
  RetryPolicy?: RetryPolicy;
}

export interface Rule {
  name: string;
  arn: string;
  pattern?: string;
  matches: EventMatch;
  scheduleExpression?: string;
  timer?: Timer;
  state: 'ENABLED' | 'DISABLED';
  description?: string;
  targets: Map<string, Target>;
}

const BUS = 'default';
const NAME = { max: 64, pattern: /^[.\-_A-Za-z0-9]+$/ };
const MOST_TARGETS = 5;

/** The rules of the default bus. `onDue` is told of every time that a rule's schedule comes round. */
export function createRules(ground: Ground, onDue: (rule: Rule, dueMs: number) => void) {
  const rules = new Map<string, Rule>();
  const busArn = `arn:aws:events:${ground.region}:${ground.accountId}:event-bus/${BUS}`;

  const checkBus = (input: Fields) => {
    const bus = input.EventBusName;
    if (bus != null && bus !== BUS && bus !== busArn) throw notFound(`Event bus ${bus} does not exist.`);
  };
  const find = (input: Fields, key = 'Name'): Rule => {
    checkBus(input);
    const name = readText(input, key, NAME);
    const rule = rules.get(name);
    if (!rule) throw notFound(`Rule ${name} does not exist on EventBus ${BUS}.`);
    return rule;
  };

  /** A rule that is new, changed or enabled starts its schedule anew. */
  const schedule = (rule: Rule) => {
    rule.timer?.cancel();
    rule.timer = undefined;
    if (rule.scheduleExpression === undefined || rule.state === 'DISABLED') return;
    const occurrences = compileRuleSchedule(rule.scheduleExpression, ground.clock.nowMs());
    rule.timer = createRuleTimer(ground.clock, occurrences, (dueMs) => onDue(rule, dueMs));
  };
  const change = (rule: Rule, state: Rule['state']) => {
    if (rule.state === state) return;
    rule.state = state;
    schedule(rule);
  };

  return {
    checkBus,
    /** The enabled rules that `event` matches. */
    matching: (event: BusEvent) => [...rules.values()].filter((rule) => rule.state === 'ENABLED' && rule.matches(event)),

    operations: {
      PutRule(input: Fields) {
        refuseUnknownKeys(input, ['Name', 'EventPattern', 'ScheduleExpression', 'State', 'Description', 'EventBusName'], 'PutRule');
        checkBus(input);
        const name = readText(input, 'Name', NAME);
        const pattern = input.EventPattern == null ? undefined : readText(input, 'EventPattern', { max: 4096 });
        const scheduleExpression = input.ScheduleExpression ? readText(input, 'ScheduleExpression', { max: 256 }) : undefined;
        if (pattern === undefined && scheduleExpression === undefined) {
          throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
        }
        if (scheduleExpression !== undefined) compileRuleSchedule(scheduleExpression, ground.clock.nowMs());
        const before = rules.get(name);
        const rule: Rule = {
          name,
          arn: `arn:aws:events:${ground.region}:${ground.accountId}:rule/${name}`,
          pattern,
          matches: pattern === undefined ? () => false : compileEventPattern(pattern),
          scheduleExpression,
          state: input.State == null ? 'ENABLED' : readOneOf(input, 'State', ['ENABLED', 'DISABLED']),
          description: input.Description == null ? undefined : readText(input, 'Description', { min: 0, max: 512 }),
          targets: before?.targets ?? new Map(),
        };
        before?.timer?.cancel();
        rules.set(name, rule);
        schedule(rule);
        return { RuleArn: rule.arn };
      },

      DescribeRule(input: Fields) {
        refuseUnknownKeys(input, ['Name', 'EventBusName'], 'DescribeRule');
        return { ...describe(find(input)), CreatedBy: ground.accountId };
      },

      ListRules(input: Fields) {
        refuseUnknownKeys(input, ['NamePrefix', 'EventBusName', 'NextToken', 'Limit'], 'ListRules');
        checkBus(input);
        const prefix = input.NamePrefix == null ? '' : readText(input, 'NamePrefix', NAME);
        const named = [...rules.values()].filter((rule) => rule.name.startsWith(prefix)).sort((a, b) => (a.name < b.name ? -1 : 1));
        const { page, NextToken } = takePage(named, input, (rule) => rule.name);
        return { Rules: page.map(describe), NextToken };
      },

      ListRuleNamesByTarget(input: Fields) {
        refuseUnknownKeys(input, ['TargetArn', 'EventBusName', 'NextToken', 'Limit'], 'ListRuleNamesByTarget');
        checkBus(input);
        const arn = readText(input, 'TargetArn', { max: 1600 });
        const names = [...rules.values()]
          .filter(({ targets }) => [...targets.values()].some((target) => target.Arn === arn))
          .map(({ name }) => name)
          .sort();
        const { page, NextToken } = takePage(names, input, (name) => name);
        return { RuleNames: page, NextToken };
      },

      DeleteRule(input: Fields) {
        refuseUnknownKeys(input, ['Name', 'EventBusName', 'Force'], 'DeleteRule');
        checkBus(input);
        const name = readText(input, 'Name', NAME);
        if (rules.get(name)?.targets.size) throw invalid("Rule can't be deleted since it has targets.");
        rules.get(name)?.timer?.cancel();
        rules.delete(name);
      },

      EnableRule(input: Fields) {
        refuseUnknownKeys(input, ['Name', 'EventBusName'], 'EnableRule');
        change(find(input), 'ENABLED');
      },

      DisableRule(input: Fields) {
        refuseUnknownKeys(input, ['Name', 'EventBusName'], 'DisableRule');
        change(find(input), 'DISABLED');
      },

      PutTargets(input: Fields) {
        refuseUnknownKeys(input, ['Rule', 'EventBusName', 'Targets'], 'PutTargets');
        const rule = find(input, 'Rule');
        const targets = readList(input, 'Targets', { min: 1, max: 100 }).map(readTarget);
        const merged = new Map([...rule.targets, ...targets.map((target): [string, Target] => [target.Id, target])]);
        if (merged.size > MOST_TARGETS) {
          throw new ServiceError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
        }
        rule.targets = merged;
        return { FailedEntryCount: 0, FailedEntries: [] };
      },

      ListTargetsByRule(input: Fields) {
        refuseUnknownKeys(input, ['Rule', 'EventBusName', 'NextToken', 'Limit'], 'ListTargetsByRule');
        const { page, NextToken } = takePage([...find(input, 'Rule').targets.values()], input, (target) => target.Id);
        return { Targets: page, NextToken };
      },

      RemoveTargets(input: Fields) {
        refuseUnknownKeys(input, ['Rule', 'EventBusName', 'Ids', 'Force'], 'RemoveTargets');
        const rule = find(input, 'Rule');
        for (const id of readList(input, 'Ids', { min: 1, max: 100 })) rule.targets.delete(String(id));
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
    },
  };

  function describe(rule: Rule) {
    return {
      Name: rule.name,
      Arn: rule.arn,
      EventPattern: rule.pattern,
      ScheduleExpression: rule.scheduleExpression,
      State: rule.state,
      Description: rule.description,
      EventBusName: BUS,
    };
  }
}

const notFound = (message: string) => new ServiceError('ResourceNotFoundException', message);

function readTarget(value: unknown): Target {
  if (!isObject(value)) throw constraint(value, 'Targets', 'be structures');
  refuseUnknownKeys(value, ['Id', 'Arn', 'Input', 'InputPath', 'InputTransformer', 'RetryPolicy'], 'PutTargets');
  const Arn = readText(value, 'Arn', { max: 1600 });
  if (!isLambdaArn(Arn)) throw invalid(`the local AWS delivers events to Lambda functions only, not to ${Arn}`);
  return { Id: readText(value, 'Id', NAME), Arn, ...readTargetInput(value), RetryPolicy: readRetryPolicy(value) };
}

/** The page of `all` after the one that ended with `NextToken`. */
function takePage<T>(all: T[], input: Fields, keyOf: (item: T) => string) {
  const limit = input.Limit == null ? 100 : readInteger(input, 'Limit', { min: 1, max: 100 });
  const from = input.NextToken == null ? 0 : all.findIndex((item) => keyOf(item) === input.NextToken) + 1;
  if (from === 0 && input.NextToken != null) throw invalid('NextToken is not valid');
  const page = all.slice(from, from + limit);
  return { page, NextToken: from + limit < all.length ? keyOf(page.at(-1)!) : undefined };
}
