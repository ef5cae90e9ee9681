import type { Serving } from './drift.ts';
import type { AliasName } from './judge/metrics.ts';
import type { Check } from './preflight.ts';
import type { ReleaseTarget } from './record.ts';

/** A target without its alias: nobody was ever served by it, or somebody has deleted it. The first gets it at the promotion. */

/** What Teal put in service by an alias that is not there any more. */
export interface ServedBefore extends Pick<Serving, 'version' | 'releaseId' | 'since'> {
  /**
   * Whether the function still has that version with that code. Lambda gives no number of a version twice, but a function that is
   * deleted and made anew begins at 1 again, and tells nobody: other code under a number, or no such version, is all there is to see.
   */
  isThere: boolean;
}

/** Without its alias what served has no blue: a release would bake nothing, and could not go back. */
export function checkNoAlias({ function: name, alias }: ReleaseTarget, served: ServedBefore | undefined): Check {
  if (!served) return { says: `${name} has no alias ${alias} yet: the promotion makes it` };
  if (!served.isThere) return { says: `${name} has no alias ${alias}: the promotion makes it; ${describeAnew(name, served)}` };
  const target = { function: name, alias };
  return {
    says: `${name} has its alias ${alias}`,
    problem: `${describeDeleted(target, served)}: without it there is no blue, nothing to bake and no way back. ${howToMakeAgain(target, served)}`,
  };
}

/** What somebody has done who has deleted an alias. */
export const describeDeleted = ({ function: name, alias }: AliasName, { version, releaseId, since }: ServedBefore): string =>
  `somebody has deleted alias ${alias} of ${name}, by which release ${releaseId} put version ${version} in service at ${since}`;

/** What to do then. */
export const howToMakeAgain = ({ function: name, alias }: AliasName, { version }: ServedBefore): string =>
  `Make it again where it was and give it its permissions again, then release: aws lambda create-alias --function-name ${name} --name ${alias} --function-version ${version} && teal adopt ${name} --alias ${alias}. Or start afresh with what is in $LATEST, which then serves at once and is not baked: teal adopt ${name} --alias ${alias}`;

/** What whoever reads the timeline should know of a target that has no alias. */
export function describeNoAlias({ function: name, alias }: ReleaseTarget, served: ServedBefore | undefined): string[] {
  return [
    ...(served ? [`alias ${alias} of ${name} was there before: ${describeAnew(name, served)}`] : []),
    `${name} has no alias ${alias} yet: green gets it at the promotion, and until then no user meets it; whoever is to call the alias needs a permission on it (lambda:AddPermission with this alias), which Teal does not give`,
  ];
}

const describeAnew = (name: string, { version, releaseId, since }: ServedBefore): string =>
  `version ${version}, which release ${releaseId} put in service at ${since}, is gone or is other code, so ${name} was made anew since, and this is its first release`;
