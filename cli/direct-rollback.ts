import { readServingNote, withServingNote } from '../functions/release/serving-note.ts';
import { targetKey } from '../functions/release/target.ts';
import { EXIT, Failure } from './failure.ts';
import type { FoundAlias, LambdaAccess } from './lambda-access.ts';
import { showPercent } from './live/text.ts';
import type { Machine } from './machine.ts';
import type { RollbackOptions } from './rollback.ts';

/** A way back that Lambda alone knows. */
interface Way {
  target: { function: string; alias: string };
  found: FoundAlias;
  version: string;
}

const PERMISSIONS = 'lambda:GetAlias, lambda:GetFunction and lambda:UpdateAlias';

/** `teal rollback --direct`: puts aliases back by the person's own permissions in Lambda, without Teal, which records it later. Returns the exit code. */
export async function rollBackDirectly(machine: Machine, functions: string[], options: RollbackOptions): Promise<number> {
  const aws = machine.connectAws(options);
  const lambda = await aws.lambda();
  const found = await Promise.all(
    functions.map((name) => findWay(lambda, { function: name, alias: options.alias }, options.to).catch(explainDenied)),
  );
  const problems = found.filter((way) => typeof way === 'string');
  if (problems.length > 0) throw new Failure(EXIT.rejected, [...problems, 'Nothing was moved.'].join('\n'));
  // Anybody may ask who he is.
  const by = await aws.readCaller().catch(() => 'unknown');
  const done = await Promise.all((found as Way[]).map((way) => goBack(machine, lambda, way, { ...options, by })));
  for (const { text, isDone } of done) {
    if (!isDone) machine.warn(text);
    else if (!options.json) machine.write(`${text}\n`);
  }
  if (options.json) machine.write(`${JSON.stringify({ targets: done.map(({ text: _, ...one }) => one) })}\n`);
  return done.every(({ isDone }) => isDone) ? EXIT.ok : EXIT.moved;
}

/** What to do with one alias, or why it cannot go back. */
async function findWay(lambda: LambdaAccess, target: Way['target'], to: string | undefined): Promise<Way | string> {
  const found = await lambda.readAlias(target);
  if (!found) return `There is no alias ${target.alias} of a function ${target.function} in this account and region`;
  const version = to ?? versionBefore(found);
  if (version === undefined) return `${targetKey(target)} is on version ${found.version}, and ${whyUnknown(target.function, found)}`;
  const state = await lambda.readState(target.function, version);
  if (state === undefined) return `${targetKey(target)}: version ${version} is gone. Say which one instead: --to <version>`;
  if (state !== 'Active')
    return `${targetKey(target)}: version ${version} is ${state} and cannot serve now. ${state === 'Inactive' ? `Wake it, and try again in a minute or two: aws lambda invoke --function-name ${target.function} --qualifier ${version} /dev/null` : ''}`;
  return { target, found, version };
}

/** Where the alias is split a release is in flight, and its own version is blue. */
function versionBefore({ version, weights, description }: FoundAlias): string | undefined {
  if (Object.keys(weights).length > 0) return version;
  const note = readServingNote(description);
  return note?.version === version ? note.before : undefined;
}

function whyUnknown(name: string, { version, description }: FoundAlias): string {
  const note = readServingNote(description);
  const why =
    note?.version === version && note.rolledBackFrom
      ? `that is where a rollback from version ${note.rolledBackFrom} has put it`
      : 'its description does not say which version served before';
  return `${why}. Say which: --to <version>. To list them: aws lambda list-versions-by-function --function-name ${name}`;
}

async function goBack(
  machine: Machine,
  lambda: LambdaAccess,
  { target, found, version }: Way,
  { reason, by, tealStack }: { reason: string; by: string; tealStack: string },
): Promise<{ function: string; alias: string; from: string; version: string; isDone: boolean; text: string }> {
  const key = targetKey(target);
  const at = new Date(machine.nowMs()).toISOString();
  const end = (isDone: boolean, text: string) => ({ ...target, from: found.version, version, isDone, text });
  const weights = Object.entries(found.weights).map(([green, percent]) => `version ${green} had ${showPercent(percent)}`);
  if (version === found.version && weights.length === 0) return end(true, `${key} is on version ${version} already`);
  // A release in flight has its own record; what it did not promote is no version to go back from.
  const note = { version, rolledBackFrom: found.version, direct: { at, by, reason } };
  const description = version === found.version ? found.description : withServingNote(found.description, note);
  try {
    if (!(await lambda.writeAlias(target, version, description, found.revisionId)))
      return end(false, `${key} was moved by somebody else just now, and is left as it is: look at it, and try again`);
  } catch (error) {
    return end(false, `${key} is left on version ${found.version}: ${(error as Error).message}`);
  }
  if (version === found.version)
    return end(
      true,
      `${key} gives version ${version} all traffic (${weights.join(', ')}). The release in flight sees it and ends: alias-moved`,
    );
  // The sooner it is in the history the better; without the permission Teal finds it by the note.
  await lambda.send(`${tealStack}-recordRollback`, { ...target, at }).catch(() => {});
  return end(true, `${key} is on version ${version} again (it was on ${found.version}). Teal records it at one of its next looks`);
}

function explainDenied(error: Error): never {
  if (error.name !== 'AccessDeniedException') throw error;
  throw new Failure(EXIT.unreachable, `Lambda refuses it: ${error.message}. --direct takes ${PERMISSIONS} on the function`, {
    cause: error,
  });
}
