import * as v from 'valibot';
import { keepVersionsSchema, rollbackWindowSchema } from './afterwards.ts';
import { type ApprovalRequest, approvalSchema, readApproval, wrongApproval } from './approval.ts';
import { type HooksRequest, hooksSchema, readHooks } from './hooks.ts';
import { type JudgeRequest, judgesAnything, type MetricRequest } from './judge/request.ts';
import { judgeSchema } from './judge/schema.ts';
import { DEFAULT_PLAN, formatPlan, isJudged, MAX_STEPS, parsePlan, type Step, type StepRequest } from './plan.ts';
import { previewSchema, wrongPreview } from './preview.ts';
import { type OnRoleChange, onRoleChangeSchema } from './role-change.ts';
import { known, text, type WrongField } from './schema.ts';
import { type SmokeTest, withPayloads, wrongSmokeCalls } from './smoke-test/request.ts';
import { smokeTestsSchema } from './smoke-test/schema.ts';
import { listTargets, targetKey, targetsNamed } from './target.ts';
import { readTargets, type Selector, type TargetRequest, targetSchema } from './target-schema.ts';
import { ifBusySchema, overrideFreezeSchema, readTurn, startAtSchema, type TurnRequest } from './turn.ts';
import { readWarm, type WarmRequest, warmSchema } from './warm.ts';

/** What a release can say: the one schema behind the API's validation and the execution's input. */

export const MAX_REQUEST_BYTES = 64 * 1024;
export const MAX_TARGETS = 100;
const MAX_ALARMS = 100;

const alarm = v.pipe(
  v.string('is the name of an alarm'),
  v.minLength(1, 'is the name of an alarm'),
  v.maxLength(255, 'is the name of an alarm: CloudWatch allows 255 characters'),
);
const step = known({ weight: v.number('is a number of percent'), bake: v.string('is a duration such as "10m"') });

/** All that a release can say but for its targets. Descriptions are what an editor shows of the published JSON Schema. */
const FIELDS = {
  plan: v.optional(
    v.pipe(
      v.union(
        [v.string(), v.pipe(v.array(step), v.maxLength(MAX_STEPS, `has at most ${MAX_STEPS} steps`))],
        'is text such as "10% 10m, 100% 10m", a list of { "weight", "bake" }, or a CodeDeploy name',
      ),
      v.description(
        'Steps of a weight (percent of traffic to green) and a bake (how long to watch), or the name of a CodeDeploy configuration',
      ),
    ),
    DEFAULT_PLAN,
  ),
  finalBake: v.optional(
    v.pipe(v.string('is a duration such as "5m"'), v.description('The bake at 100 % that follows a CodeDeploy configuration')),
  ),
  alarms: v.optional(
    v.pipe(
      v.union(
        [v.literal('auto'), v.pipe(v.array(alarm), v.maxLength(MAX_ALARMS, `has at most ${MAX_ALARMS} alarms`))],
        'is "auto" or a list of alarm names',
      ),
      v.description('CloudWatch alarms, one of which in ALARM reverts; "auto": every alarm that names a target'),
    ),
    [],
  ),
  alarmsAlreadyRed: v.optional(
    v.pipe(
      v.picklist(['reject', 'ignore'], 'is "reject" or "ignore"'),
      v.description('What to do when an alarm is red before the release; "ignore" counts it again once it has been OK'),
    ),
    'reject',
  ),
  missingData: v.optional(
    v.pipe(
      v.picklist(['notBreaching', 'breaching'], 'is "notBreaching" or "breaching"'),
      v.description('Whether INSUFFICIENT_DATA counts as red'),
    ),
    'notBreaching',
  ),
  smokeTests: smokeTestsSchema,
  judge: judgeSchema,
  warm: v.optional(warmSchema),
  rollbackWindow: v.optional(rollbackWindowSchema),
  keepVersions: v.optional(keepVersionsSchema),
  unwatched: v.optional(v.pipe(v.boolean('is true or false'), v.description('Allow a release that nothing can judge')), false),
  again: v.optional(v.pipe(v.boolean('is true or false'), v.description('Release code that an alarm or the judge reverted before')), false),
  onRoleChange: onRoleChangeSchema,
  preview: previewSchema,
  hooks: v.optional(v.pipe(hooksSchema, v.description('Functions of yours that Teal calls at moments of a release'))),
  approval: v.optional(v.pipe(approvalSchema, v.description('Somebody must agree, before green has traffic or before it is promoted'))),
  startAt: v.optional(startAtSchema),
  ifBusy: v.optional(ifBusySchema),
  overrideFreeze: v.optional(overrideFreezeSchema),
  reason: v.optional(v.pipe(text(1000), v.description('Why, for the record'))),
  change: v.optional(known({ commit: v.optional(text(200)), url: v.optional(text(2000)), ticket: v.optional(text(200)) })),
  labels: v.optional(v.pipe(v.record(text(128), text(256), 'is an object of texts'), v.maxEntries(50, 'has at most 50 labels')), {}),
};

/** The fields of a release without its targets, as teal.json and a deploy tool's configuration have them. */
export const fieldsSchema = known(FIELDS);

export const schema = known({
  targets: v.pipe(
    v.array(targetSchema, 'is a list of functions'),
    v.minLength(1, 'names at least one function'),
    v.maxLength(MAX_TARGETS, `has at most ${MAX_TARGETS} targets`),
    v.description('The functions that are released, together or not at all: names, objects, or whole stacks and tags'),
  ),
  ...FIELDS,
});

/** A request with everything said: parsing it again gives the same, so it is also the execution's input. */
export interface ReleaseRequest extends TurnRequest {
  targets: TargetRequest[];
  plan: StepRequest[];
  /** "auto": every alarm that names a target when the release begins. */
  alarms: string[] | 'auto';
  alarmsAlreadyRed: 'reject' | 'ignore';
  missingData: 'notBreaching' | 'breaching';
  smokeTests: SmokeTest[];
  judge: JudgeRequest;
  warm?: WarmRequest;
  /** "1h", which it is when undefined: how long blue stays as warm as it was. */
  rollbackWindow?: string;
  /** How many of the newest versions stay; undefined deletes none. */
  keepVersions?: number;
  /** Allows a plan that nothing can judge. */
  unwatched: boolean;
  again: boolean;
  onRoleChange?: OnRoleChange;
  /** The alias of every function that testers call. */
  preview?: string;
  hooks?: HooksRequest;
  approval?: ApprovalRequest;
  reason?: string;
  change?: { commit?: string; url?: string; ticket?: string };
  labels: Record<string, string>;
}

export interface Parsed {
  /** Of its targets those that are named; all of them where nothing is selected. */
  request: ReleaseRequest;
  plan: Step[];
  /** The stacks and tags whose functions are targets too. */
  selectors: Selector[];
}

/** Reads what a person sent. Everything that is wrong is told at once. */
export function parseRequest(input: unknown): Parsed | { wrong: WrongField[] } {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { wrong: [{ field: '', message: 'a release is a JSON object such as { "targets": ["orders-api"] }' }] };
  const parsed = v.safeParse(schema, input, { abortPipeEarly: true });
  const wrong = describeIssues(parsed.issues);
  // What the schema has passed is looked at further, whatever else is wrong: everything is told at once.
  const said = parsed.output as v.InferOutput<typeof schema>;
  const isSound = (...fields: (keyof typeof said)[]) => !parsed.issues?.some((issue) => fields.includes(issue.path?.[0]?.key as never));
  const { targets, selectors } = readTargets(isSound('targets') ? said.targets : []);
  // Who else is a target is not known yet: what must name one of them is looked at when it is.
  const isWhole = selectors.length === 0;
  const plan = isSound('plan', 'finalBake') ? parsePlan(said.plan, said.finalBake) : { steps: [] };
  wrong.push(...repeated(targets.map(targetKey), 'targets'));
  if (isSound('alarms') && said.alarms !== 'auto') wrong.push(...repeated(said.alarms, 'alarms'));
  if (isSound('smokeTests')) wrong.push(...wrongSmokeCalls(said.smokeTests));
  if (isWhole && said?.preview !== undefined && isSound('preview', 'targets')) wrong.push(...wrongPreview(said.preview, targets));
  if (isWhole && isSound('smokeTests', 'targets')) wrong.push(...wrongSmokeTests(said.smokeTests, targets));
  if (isWhole && isSound('judge', 'targets')) wrong.push(...wrongMetrics(said.judge.metrics, targets));
  if (isSound('approval')) wrong.push(...wrongApproval(said.approval));
  if ('wrong' in plan) wrong.push({ field: plan.field, message: plan.wrong });
  else if (isSound('plan', 'finalBake', 'alarms', 'judge', 'unwatched')) wrong.push(...wrongWatch(plan.steps, targets, said));
  if ('wrong' in plan || wrong.length > 0) return { wrong };

  const { finalBake: _, hooks: saidHooks, warm: saidWarm, approval: saidApproval, startAt, ifBusy, ...rest } = said;
  const hooks = readHooks(saidHooks);
  const approval = readApproval(saidApproval);
  const smokeTests = withPayloads(said.smokeTests);
  const warm = readWarm(saidWarm);
  const asked = { ...(hooks && { hooks }), ...(warm && { warm }), ...(approval && { approval }), ...readTurn({ startAt, ifBusy }) };
  return { request: { ...rest, ...asked, targets, plan: formatPlan(plan.steps), smokeTests }, plan: plan.steps, selectors };
}

export function repeated(names: string[], field: string): WrongField[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [{ field: `${field}[${index}]`, message: `${name} is there twice` }] : [],
  );
}

const wrongSmokeTests = (smokeTests: SmokeTest[], targets: TargetRequest[]): WrongField[] =>
  smokeTests.flatMap(({ target: named }, index) => wrongTarget(named, targets, `smokeTests[${index}].target`));

function wrongTarget(named: string, targets: TargetRequest[], field: string): WrongField[] {
  const count = targetsNamed(named, targets).length;
  if (count === 1) return [];
  const message = count === 0 ? `"${named}" is not a target of this release` : `"${named}" is several targets; say which as function:alias`;
  return [{ field, message }];
}

/** A metric belongs to one target, whose version it carries; of a release of one there is no question which. */
function wrongMetrics(metrics: MetricRequest[], targets: TargetRequest[]): WrongField[] {
  const names = metrics.map(({ name, target: named }) => {
    const [whose = named] = (named === undefined ? targets : targetsNamed(named, targets)).map(targetKey);
    return `${name} of ${whose}`;
  });
  return [
    ...repeated(names, 'judge.metrics'),
    ...metrics.flatMap(({ target: named, bad, total, dimensions, versionDimension }, index) => [
      ...(bad === total
        ? [{ field: `judge.metrics[${index}].total`, message: 'is the same as bad: leave it out where one metric is 0 or 1' }]
        : []),
      ...(named === undefined
        ? targets.length > 1
          ? [{ field: `judge.metrics[${index}].target`, message: 'is missing: a release of several functions must say whose metric it is' }]
          : []
        : wrongTarget(named, targets, `judge.metrics[${index}].target`)),
      ...(Object.hasOwn(dimensions, versionDimension)
        ? [{ field: `judge.metrics[${index}].dimensions`, message: `cannot name ${versionDimension}, which tells the versions apart` }]
        : []),
    ]),
  ];
}

/** Nothing may go out with nothing to stop it, unless somebody wants just that. Of alarms that Plan finds, Plan asks again. */
function wrongWatch(steps: Step[], targets: TargetRequest[], said: Pick<ReleaseRequest, 'alarms' | 'judge' | 'unwatched'>): WrongField[] {
  const why = said.alarms.length > 0 ? undefined : findUnwatched(steps, targets, said);
  return why ? [{ field: 'unwatched', message: `no alarm is named, and ${why}` }] : [];
}

/** Why nothing but alarms could stop the release, and what to do; undefined where the judge can, or somebody wants just that. */
export function findUnwatched(
  steps: Step[],
  targets: { function: string; alias: string }[],
  { judge, unwatched }: Pick<ReleaseRequest, 'judge' | 'unwatched'>,
): string | undefined {
  const unjudged = targets.filter((target) => !judgesAnything(judge, target));
  if (unwatched || (steps.some(isJudged) && unjudged.length === 0)) return undefined;
  const why = steps.some(isJudged)
    ? `the judge is off for ${listTargets(unjudged)}: let it judge errors, latency or a metric of each target, name an alarm`
    : 'green can be judged against blue only in a step below 100 % that bakes: add such a step (a last one of 95 % watches nearly all traffic) or an alarm';
  return `${why}, or say "unwatched": true`;
}

type Issue = v.BaseIssue<unknown>;

/** What a schema of this kind found wrong, by field. */
export const describeIssues = (issues: Issue[] = []): WrongField[] => issues.flatMap(describeIssue);

function describeIssue(issue: Issue): WrongField[] {
  // Of a union the branch that got furthest knows best what is wrong.
  const nested =
    issue.type === 'union' &&
    issue.issues?.filter((inner) => (inner.path?.length ?? 0) > 0 || (inner.type !== inner.expected && inner.kind === 'validation'));
  if (nested && nested.length > 0)
    return nested.flatMap((inner) => describeIssue({ ...inner, path: [...(issue.path ?? []), ...(inner.path ?? [])] } as Issue));
  const field = (issue.path ?? [])
    .map((item, index) => (typeof item.key === 'number' ? `[${item.key}]` : `${index > 0 ? '.' : ''}${String(item.key).slice(0, 100)}`))
    .join('');
  if (issue.received === 'undefined') return [{ field, message: 'is missing' }];
  return [{ field, message: issue.message }];
}
