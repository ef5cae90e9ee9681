import pMap from 'p-map';
import { getAlias } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { findServing } from '../aws/history.ts';
import type { Serving } from '../release/drift.ts';
import { directRollbackOf } from '../release/rollback.ts';
import type { DirectRollback } from '../release/serving-note.ts';
import { TARGETS_AT_ONCE } from './move-alias.ts';

type Target = { function: string; alias: string };

/** A rollback that somebody did without Teal, while Teal still has it that the version before serves. */
export interface FoundRollback {
  version: string;
  direct: DirectRollback;
  serving: Serving;
}

/** Looks at an alias; undefined when it is where Teal knows it, or moved by anyone else. */
export async function findDirect({ lambda, table }: Pick<Aws, 'lambda' | 'table'>, target: Target): Promise<FoundRollback | undefined> {
  const alias = await getAlias(lambda, target);
  const found = alias && directRollbackOf(alias);
  const serving = found && (await findServing(table, target));
  return found && serving?.version === found.from ? { version: found.version, direct: found.direct, serving } : undefined;
}

/** Those of some targets that somebody rolled back without Teal. */
export async function findAllDirect(aws: Pick<Aws, 'lambda' | 'table'>, targets: Target[]): Promise<Target[]> {
  const found = await pMap(targets, (target) => findDirect(aws, target), { concurrency: TARGETS_AT_ONCE });
  return targets.filter((_, index) => found[index]);
}
