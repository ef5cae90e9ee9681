import * as v from 'valibot';
import { parseDuration } from './duration.ts';
import type { Check, FunctionVersion, TargetFacts } from './preflight.ts';
import type { ReleaseRequest } from './request.ts';

/**
 * An alias splits traffic only between versions with the same execution role and dead-letter configuration. Where blue and
 * green differ in these, a release is rejected, or the alias is switched to green at 100 % without ever being split.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
 */

export type OnRoleChange = 'reject' | 'switch';

export const onRoleChangeSchema = v.optional(
  v.pipe(
    v.picklist(['reject', 'switch'], 'is "reject" or "switch"'),
    v.description(
      'What to do when blue and green differ in their role or dead-letter queue, between which no alias splits traffic; "switch" gives green all of it at once, at 100 %',
    ),
  ),
);

type Roles = Pick<FunctionVersion, 'role' | 'deadLetterArn'>;

/** Whether the alias of a target goes from blue to green at once, since it cannot be split between them and the request allows it. */
export const isSwitched = (blue: Roles, green: Roles, { onRoleChange }: Pick<ReleaseRequest, 'onRoleChange'>): boolean =>
  onRoleChange === 'switch' && (blue.role !== green.role || blue.deadLetterArn !== green.deadLetterArn);

/** Blue and green of a target must be such as an alias splits traffic between, or the request says to switch. */
export function checkRoles(
  name: string,
  blue: FunctionVersion,
  green: FunctionVersion,
  request: Pick<ReleaseRequest, 'onRoleChange' | 'plan'>,
): Check[] {
  if (!isSwitched(blue, green, request)) return checkMatch(name, blue, green);
  const isBaked = (parseDuration(request.plan.at(-1)!.bake) ?? 0) > 0;
  return [
    {
      says: `${describeChange(name, blue, green)}: its alias is switched at 100 %, and watched there`,
      ...(!isBaked && {
        problem: `${describeChange(name, blue, green)}, so no step below 100 % can try green, and the plan does not bake at 100 %: end it with a bake of a minute or more, such as "100% 10m"`,
      }),
    },
  ];
}

/** An alias splits traffic only between versions with the same role and dead-letter queue. */
export function checkMatch(name: string, blue: FunctionVersion, green: FunctionVersion): Check[] {
  const rule = 'an alias splits traffic only between versions with the same';
  const orSwitch = 'or say "onRoleChange": "switch", which gives green all traffic at once';
  return [
    {
      says: `blue and green of ${name} have the same role`,
      ...(blue.role !== green.role && {
        problem: `${name} has changed its role from ${blue.role} to ${green.role}; ${rule} role: give it the old role back and change that one's policies (and do not delete it, since version ${blue.version} runs with it), ${orSwitch}`,
      }),
    },
    {
      says: `blue and green of ${name} have the same dead-letter queue`,
      ...(blue.deadLetterArn !== green.deadLetterArn && {
        problem: `${name} has changed its dead-letter queue; ${rule} dead-letter queue: give it the old one back, ${orSwitch}`,
      }),
    },
  ];
}

/** At 100 % there is no blue to judge a switched target by, and below it no green: without an alarm nothing would stop it. */
export function checkSwitchWatched(
  facts: Pick<TargetFacts, 'target' | 'blue' | 'next'>[],
  hasAlarms: boolean,
  request: Pick<ReleaseRequest, 'onRoleChange' | 'unwatched'>,
): Check[] {
  return facts
    .filter(({ blue, next }) => blue && next && isSwitched(blue, next, request))
    .map(({ target, blue, next }) => ({
      says: `something watches ${target.function} once it is switched`,
      ...(!hasAlarms &&
        !request.unwatched && {
          problem: `${describeChange(target.function, blue!, next!)}, so green cannot be judged against blue, and no alarm is watched: name an alarm, or say "unwatched": true`,
        }),
    }));
}

/** For the timeline. */
export const describeSwitch = (name: string, blue: FunctionVersion, green: FunctionVersion): string =>
  `${describeChange(name, blue, green)}: its alias stays on blue below 100 % and is switched to green there; green of it cannot be judged against blue`;

function describeChange(name: string, blue: FunctionVersion, green: FunctionVersion): string {
  const what = blue.role !== green.role ? `role from ${blue.role} to ${green.role}` : 'dead-letter queue';
  return `${name} has changed its ${what}`;
}
