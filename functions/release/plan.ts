import { formatDuration, parseDuration } from './duration.ts';

/** One step of a release: how much traffic green gets, and how long Teal then watches. */
export interface Step {
  /** Above 0, at most 100. */
  weightPercent: number;
  /** Whole minutes. 0: one look, then the verdict. */
  bakeSeconds: number;
}

/** A step as a request says it. */
export interface StepRequest {
  weight: number;
  bake: string;
}

/** Whether green can be judged against blue in it: at 100 there is no blue, and one look is no bake. */
export const isJudged = ({ weightPercent, bakeSeconds }: Step): boolean => weightPercent < 100 && bakeSeconds > 0;

export const DEFAULT_PLAN = '10% 10m, 50% 10m, 100% 10m';
export const DEFAULT_FINAL_BAKE = '5m';
export const MAX_STEPS = 100;
/** An execution lives a year; the rest is for everything that is not a bake. */
const MAX_TOTAL_BAKE_DAYS = 360;
const CODE_DEPLOY_PREFIX = 'CodeDeployDefault.Lambda';

/**
 * The steps of a plan in any of its three forms: "10% 10m, 100% 10m", a list of steps, or one of CodeDeploy's nine
 * Lambda configurations. The last step is always 100. Returns what is wrong, in words, instead when something is.
 */
export function parsePlan(
  plan: string | StepRequest[],
  finalBake?: string,
): { steps: Step[] } | { wrong: string; field: 'plan' | 'finalBake' } {
  const named = typeof plan === 'string' ? codeDeployPlan(plan) : undefined;
  if (named) return withFinalBake(named, finalBake ?? DEFAULT_FINAL_BAKE);
  if (finalBake !== undefined)
    return { wrong: 'goes only with a CodeDeploy name as the plan; put the bake into the last step instead', field: 'finalBake' };

  const parsed = typeof plan === 'string' ? parseText(plan) : plan.map(parseStep);
  const wrong = parsed.find((step) => typeof step === 'string');
  if (typeof wrong === 'string') return { wrong, field: 'plan' };
  return checked(parsed as Step[]);
}

/**
 * The steps that a plan has for targets of these kinds, and for the timeline what is left out. Where none of them has an
 * alias yet there is nothing to shift and nothing to watch: one look is left, at the alarms. Where the others are all
 * switched at 100 %, the steps below would change nothing.
 */
export function stepsFor(plan: Step[], targets: { isFirst?: boolean; isSwitch?: boolean }[]): { steps: Step[]; notes: string[] } {
  if (targets.length === 0 || targets.some(({ isFirst, isSwitch }) => !isFirst && !isSwitch)) return { steps: plan, notes: [] };
  if (targets.every(({ isFirst }) => isFirst))
    return {
      steps: [{ weightPercent: 100, bakeSeconds: 0 }],
      notes: ['no target has an alias yet: there is nothing to shift and nothing to bake'],
    };
  return {
    steps: plan.slice(-1),
    notes: plan.length > 1 ? ['every target is switched at 100 %: the steps below are left out'] : [],
  };
}

/** The plan as a request says it, so that a record's plan can be sent again. */
export function formatPlan(steps: Step[]): StepRequest[] {
  return steps.map(({ weightPercent, bakeSeconds }) => ({ weight: weightPercent, bake: formatDuration(bakeSeconds) }));
}

function parseText(plan: string): (Step | string)[] {
  return plan
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(\d{1,3}(?:\.\d{1,2})?)%\s+(\S+)$/.exec(part);
      if (!match)
        return `cannot read "${part.slice(0, 60)}"; write steps like "10% 10m, 100% 10m", or a CodeDeploy name such as Canary10Percent5Minutes`;
      return parseStep({ weight: Number(match[1]), bake: match[2]! });
    });
}

function parseStep({ weight, bake }: StepRequest): Step | string {
  const bakeSeconds = parseDuration(bake);
  if (bakeSeconds === undefined) return `a bake is whole minutes, hours or days such as "10m", "2h" or "1d", not "${bake.slice(0, 20)}"`;
  if (!(weight > 0 && weight <= 100)) return `a weight is above 0 and at most 100 percent, not ${weight}`;
  if (Math.abs(weight * 100 - Math.round(weight * 100)) > 1e-6) return `a weight has at most two decimals, not ${weight}`;
  return { weightPercent: weight, bakeSeconds };
}

function checked(steps: Step[]): { steps: Step[] } | { wrong: string; field: 'plan' } {
  const wrong = (text: string) => ({ wrong: text, field: 'plan' as const });
  if (steps.length === 0) return wrong('has no step; leave it out for the default');
  const falling = steps.findIndex((step, index) => index > 0 && step.weightPercent <= steps[index - 1]!.weightPercent);
  if (falling > 0) return wrong(`weights must rise: ${steps[falling]!.weightPercent} % comes after ${steps[falling - 1]!.weightPercent} %`);
  const whole = steps.at(-1)!.weightPercent === 100 ? steps : [...steps, { weightPercent: 100, bakeSeconds: 0 }];
  if (whole.length > MAX_STEPS) return wrong(`has ${whole.length} steps; ${MAX_STEPS} is the most`);
  const totalDays = whole.reduce((sum, step) => sum + step.bakeSeconds, 0) / 86_400;
  if (totalDays > MAX_TOTAL_BAKE_DAYS)
    return wrong(`bakes for ${Math.ceil(totalDays)} days in all; ${MAX_TOTAL_BAKE_DAYS} is the most, since an execution lives a year`);
  return { steps: whole };
}

/** CodeDeploy's nine Lambda deployment configurations, without the step at 100. */
function codeDeployPlan(plan: string): Step[] | undefined {
  const name = plan.startsWith(CODE_DEPLOY_PREFIX) ? plan.slice(CODE_DEPLOY_PREFIX.length) : plan;
  if (name === 'AllAtOnce') return [];
  const canary = /^Canary10Percent(5|10|15|30)Minutes$/.exec(name);
  if (canary) return [{ weightPercent: 10, bakeSeconds: Number(canary[1]) * 60 }];
  const linear = /^Linear10PercentEvery(?:(1)Minute|(2|3|10)Minutes)$/.exec(name);
  if (linear) {
    const bakeSeconds = Number(linear[1] ?? linear[2]) * 60;
    return Array.from({ length: 9 }, (_, index) => ({ weightPercent: (index + 1) * 10, bakeSeconds }));
  }
  return undefined;
}

function withFinalBake(steps: Step[], finalBake: string): { steps: Step[] } | { wrong: string; field: 'plan' | 'finalBake' } {
  const last = parseStep({ weight: 100, bake: finalBake });
  return typeof last === 'string' ? { wrong: last, field: 'finalBake' } : checked([...steps, last]);
}
