import pMap from 'p-map';
import type { Aws } from '../aws/connect.ts';
import { getVersion } from '../aws/function.ts';
import { listStackFunctions } from '../aws/stacks.ts';
import { listTaggedFunctions } from '../aws/tags.ts';
import { isDenied } from '../aws/transient.ts';
import type { Step } from '../release/plan.ts';
import { MAX_TARGETS, parseRequest, type ReleaseRequest } from '../release/request.ts';
import type { WrongField } from '../release/schema.ts';
import { type Found, parseTag, selectTargets } from '../release/selection.ts';
import type { Selector } from '../release/target-schema.ts';
import { findWrongStart } from '../release/turn.ts';

/** GetFunction has a quota of its own: 100 a second. */
const FUNCTIONS_AT_ONCE = 20;

type Reads = Pick<Aws, 'lambda' | 'cloudformation' | 'tagging'>;

export interface ReadRequest {
  request: ReleaseRequest;
  plan: Step[];
  /** What its stacks and tags stood for. */
  notes: string[];
}

/** Reads a request, of which stacks and tags become the functions that they stand for now; the notes tell which. */
export async function readRequest(aws: Reads, input: unknown): Promise<ReadRequest | { wrong: WrongField[] }> {
  const parsed = parseRequest(input);
  if ('wrong' in parsed) return parsed;
  if (parsed.selectors.length === 0) return { ...parsed, notes: [] };
  const found = await pMap(parsed.selectors, (selector) => find(aws, selector), { concurrency: 1 });
  const selection = selectTargets(parsed.request.targets, found, MAX_TARGETS);
  if ('wrong' in selection) return selection;
  // What depends on the targets could not be told before.
  const whole = parseRequest({ ...parsed.request, targets: selection.targets });
  return 'wrong' in whole ? whole : { ...whole, notes: selection.notes };
}

/** The same of a release that is asked for now: its start is to come. */
export async function readNewRequest(aws: Reads, input: unknown, at: string): Promise<ReadRequest | { wrong: WrongField[] }> {
  const read = await readRequest(aws, input);
  const wrong = 'wrong' in read ? [] : findWrongStart(read.request, read.plan, at);
  return wrong.length > 0 ? { wrong } : read;
}

async function find({ lambda, cloudformation, tagging }: Reads, selector: Selector): Promise<Found> {
  const { key, value } = parseTag(selector.tag ?? '');
  const names =
    selector.stack === undefined
      ? await listTaggedFunctions(tagging, key, value)
      : await listStackFunctions(cloudformation, selector.stack);
  const functions =
    names &&
    (await pMap(names, async (name) => ({ name, without: await lackOf(lambda, name, selector.alias) }), {
      concurrency: FUNCTIONS_AT_ONCE,
    }));
  return { selector, functions };
}

/** What a function lacks to be a target. Which functions Teal may release is a parameter of its stack. */
async function lackOf(lambda: Aws['lambda'], name: string, alias: string): Promise<'alias' | 'permission' | undefined> {
  try {
    return (await getVersion(lambda, name, alias)) ? undefined : 'alias';
  } catch (error) {
    if (isDenied(error)) return 'permission';
    throw error;
  }
}
