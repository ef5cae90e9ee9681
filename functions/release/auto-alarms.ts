import type { AlarmSeen, ReleaseRecord } from './record.ts';
import { findUnwatched } from './request.ts';
import { listTargets } from './target.ts';

/** Which alarms `"alarms": "auto"` watches: every one that names a target, by its dimensions, its metric math or its members. */

/** An alarm, with what it looks at. */
export interface AlarmDefinition extends AlarmSeen {
  arn: string;
  /** The dimensions of its metric, or of each metric of its metric math. */
  metrics: Record<string, string>[];
  /** Its metric math and Metrics Insights queries. */
  expressions: string[];
  /** Of a composite alarm, such as `ALARM("orders-errors") OR ALARM("orders-slow")`. */
  rule?: string;
}

interface Named {
  function: string;
  alias: string;
}

/** The alarms that name one of the targets, in the order of `alarms`. */
export function alarmsOf(targets: Named[], alarms: AlarmDefinition[]): AlarmDefinition[] {
  const own = alarms.filter((alarm) => !isOfAutoScaling(alarm));
  const found = new Set(own.filter((alarm) => targets.some((target) => names(alarm, target))));
  // A composite alarm may be made of others: until nothing more is found.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    const members = new Set([...found].flatMap(({ name, arn }) => [name, arn]));
    for (const alarm of own) if (membersOf(alarm).some((member) => members.has(member))) found.add(alarm);
  }
  return own.filter((alarm) => found.has(alarm));
}

/** "no alarm names payments", of those that were found; for the timeline. */
export function describeUnnamed(targets: Named[], found: AlarmDefinition[]): string[] {
  const unnamed = targets.filter((target) => alarmsOf([target], found).length === 0);
  return unnamed.length > 0 ? [`no alarm names ${listTargets(unnamed)}, by its dimensions, its metric math or its members`] : [];
}

/**
 * So many characters of names fit into a record (400 KB in DynamoDB) that must still be written when it is reverted: those of
 * a hundred of the longest names.
 */
const MOST_CHARACTERS = 100 * 255;
/** So many alarms with why they are red fit into the event of a look (256 KB, of an asynchronous request), however short their names are. */
const MOST_ALARMS = 500;

/** What is wrong with the alarms that were found, in words; empty when nothing is. */
export function findAutoProblems({ plan, targets, request }: ReleaseRecord, found: AlarmDefinition[]): string[] {
  const unwatched = found.length === 0 && findUnwatched(plan, targets, request);
  if (unwatched) return [`"alarms": "auto" found no alarm that names ${listTargets(targets)}, and ${unwatched}`];
  const characters = found.reduce((sum, { name }) => sum + name.length, 0);
  if (characters <= MOST_CHARACTERS && found.length <= MOST_ALARMS) return [];
  return [
    `${found.length} alarms name ${listTargets(targets)}, with ${characters} characters of names in all; a release can watch ${MOST_ALARMS} with ${MOST_CHARACTERS}: name those that matter, or release fewer functions at once`,
  ];
}

/** Application Auto Scaling's own, by which it scales: red is how they work, also while all is well. */
const isOfAutoScaling = ({ name }: AlarmDefinition): boolean => name.startsWith('TargetTracking-');

const names = ({ metrics, expressions }: AlarmDefinition, target: Named): boolean =>
  metrics.some((dimensions) => namesTarget(dimensions, target)) ||
  expressions.some((expression) => queried(expression).includes(target.function));

/** A metric of the whole function or of this alias of it; not one of another alias or of one version alone. */
function namesTarget(dimensions: Record<string, string>, target: Named): boolean {
  const values = Object.entries(dimensions);
  const resource = values.find(([name]) => name === 'Resource')?.[1];
  return (
    values.some(([name, value]) => isFunctionName(name) && value === target.function) &&
    (resource === undefined || resource === target.function || resource === `${target.function}:${target.alias}`)
  );
}

/** Lambda's own metrics say FunctionName, Lambda Insights and many libraries function_name. */
const isFunctionName = (dimension: string): boolean => dimension.replaceAll('_', '').toLowerCase() === 'functionname';

/** The functions that a Metrics Insights query names: `… WHERE FunctionName = 'orders-api'`. */
const queried = (expression: string): string[] =>
  Array.from(expression.matchAll(/\bfunction_?name["']?\s*=\s*'([^']+)'/gi), ([, name]) => name!);

/** The names or ARNs of a composite alarm's members, as its rule writes them: `ALARM(…)`, or `AT_LEAST(2, ALARM, (…, …))` of several. */
const membersOf = ({ rule = '' }: AlarmDefinition): string[] =>
  Array.from(rule.matchAll(MEMBERS), ([, members]) => members!).flatMap((members) =>
    Array.from(members.matchAll(MEMBER), ([, quoted, bare]) => (quoted === undefined ? bare! : quoted.replaceAll(/\\(.)/g, '$1'))),
  );

const MEMBERS = /\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*(?:,\s*)?\(((?:"(?:[^"\\]|\\.)*"|[^")])*)\)/g;
const MEMBER = /"((?:[^"\\]|\\.)*)"|([^\s",][^",]*[^\s",]|[^\s",])/g;
