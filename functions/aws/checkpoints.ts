import type { Checkpoints } from '../release/judge/judging.ts';
import type { Table } from './connect.ts';
import { getItem, putItem } from './items.ts';

/** What the judge keeps of a release between two looks: an item of its own, since a hundred targets would fill the record. */

interface Kept {
  /** Counts writes; a write names the revision that it read. */
  revision: number;
  checkpoints: Checkpoints;
}

const keyOf = (id: string) => ({ pk: `release#${id}`, sk: 'checkpoints' });

/** Empty before the first write. */
export async function getCheckpoints(table: Table, id: string): Promise<Kept> {
  const item = await getItem(table, keyOf(id));
  return item ? { revision: item.revision as number, checkpoints: item.checkpoints as Checkpoints } : { revision: 0, checkpoints: {} };
}

/** False when another look has written meanwhile: what it judged stays judged. */
export function putCheckpoints(table: Table, id: string, { revision, checkpoints }: Kept): Promise<boolean> {
  return putItem(
    table,
    { ...keyOf(id), revision: revision + 1, checkpoints },
    revision === 0
      ? { text: 'attribute_not_exists(pk)' }
      : { text: '#revision = :revision', names: { '#revision': 'revision' }, values: { ':revision': revision } },
  );
}
