import type { WrongField } from './schema.ts';
import { targetKey } from './target.ts';
import type { Selector, TargetRequest } from './target-schema.ts';
import { listFew } from './words.ts';

/** What a stack or a tag stands for: every function of it that has the alias. Those that are unchanged Plan finds out. */

/** What was found for one selector. */
export interface Found {
  selector: Selector;
  /** The functions of the stack or the tag, and why one is left out; undefined when there is no such stack. */
  functions: { name: string; without?: 'alias' | 'permission' }[] | undefined;
}

export interface Selection {
  targets: TargetRequest[];
  /** For the timeline: what the selectors stood for, and who was left out. */
  notes: string[];
}

/** All targets of a request that names some and selects others, at most `most`. One that is named too keeps what was said of it. */
export function selectTargets(named: TargetRequest[], found: Found[], most: number): Selection | { wrong: WrongField[] } {
  const targets = new Map(named.map((target) => [targetKey(target), target]));
  const wrong: WrongField[] = [];
  const notes: string[] = [];
  for (const { selector, functions } of found) {
    const what = describeSelector(selector);
    const selected = (functions ?? []).filter(({ without }) => without === undefined);
    const lacking = (what: 'alias' | 'permission') => (functions ?? []).flatMap(({ name, without }) => (without === what ? [name] : []));
    const [bare, forbidden] = [lacking('alias'), lacking('permission')];
    for (const { name } of selected) {
      const target = { function: name, alias: selector.alias };
      if (!targets.has(targetKey(target))) targets.set(targetKey(target), target);
    }
    if (!functions) wrong.push({ field: 'targets', message: `there is no ${what} in this account and region` });
    else if (functions.length === 0) wrong.push({ field: 'targets', message: `${what} has no function` });
    else if (selected.length === 0)
      wrong.push({
        field: 'targets',
        message: [
          ...(bare.length > 0
            ? [
                `no function of ${what} has an alias ${selector.alias}: ${listFew(bare, ', ', 3)}; create it on the version that serves now, or let POST /adoptions do it`,
              ]
            : []),
          ...(forbidden.length > 0
            ? [
                `Teal may not release ${listFew(forbidden, ', ', 3)} of ${what}: its parameter releasableFunctions says which functions it may`,
              ]
            : []),
        ].join('; '),
      });
    else {
      const others = [
        ...(bare.length > 0 ? [`; left out, since they have none: ${listFew(bare, ', ')}`] : []),
        ...(forbidden.length > 0 ? [`; left out, since Teal may not release them: ${listFew(forbidden, ', ')}`] : []),
      ].join('');
      notes.push(
        `${what} has ${selected.length} ${selected.length === 1 ? 'function' : 'functions'} with an alias ${selector.alias}${others}`,
      );
    }
  }
  if (wrong.length === 0 && targets.size > most) {
    wrong.push({
      field: 'targets',
      message: `there are ${targets.size} targets with ${listFew(
        found.map(({ selector }) => describeSelector(selector)),
        ', ',
      )}, and a release takes at most ${most}, since they are promoted together or not at all: give those that belong together a tag of their own, and release one tag after the other`,
    });
  }
  return wrong.length > 0 ? { wrong } : { targets: [...targets.values()], notes };
}

const describeSelector = ({ stack, tag }: Selector): string => (stack === undefined ? `tag ${tag}` : `stack ${stack}`);

/** "service=orders" is the tag `service` with the value `orders`; only the first equals sign counts. */
export function parseTag(tag: string): { key: string; value: string } {
  const at = tag.indexOf('=');
  return { key: tag.slice(0, at), value: tag.slice(at + 1) };
}
