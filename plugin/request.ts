import { isDeepStrictEqual } from 'node:util';
import { fieldsFor } from '../client/team-file.ts';
import { parseRequest } from '../functions/release/request.ts';
import { type Fields, isObject, type Released, type Settings } from './settings.ts';

/** Makes one request of what a service and its functions say: they are released together. */

/** A function of this release, and what pins it. */
export interface Target {
  released: Released;
  codeSha256?: string;
}

interface Said {
  where: string;
  value: unknown;
}

interface Merged {
  request: Fields & { targets: { function: string }[] };
  /** Where each field, and each item of a list, was said: "smokeTests[1]" → "functions.orders.release.smokeTests[0]". */
  origins: Map<string, string>;
  wrong: string[];
}

/** The body of `POST /releases` for these targets: what the team's teal.json says, and over it what the service says. */
export function requestOf(settings: Settings, targets: Target[], isAgain: boolean): Fields {
  return { ...withTeam(settings, merge(settings, targets).request), ...(isAgain && { again: true }) };
}

function withTeam({ team }: Settings, { targets, ...own }: Merged['request']): Fields {
  const names = targets.map((target) => target.function);
  return { targets, ...(team ? fieldsFor(team, names, own).fields : own) };
}

/** What is wrong with a release of all functions, by the schema of the API itself: "functions.orders.release.plan: …". */
export function findWrongRequest(settings: Settings): string[] {
  const { request, origins, wrong } = merge(
    settings,
    settings.released.map((released) => ({ released })),
  );
  const parsed = parseRequest(withTeam(settings, request));
  return [...wrong, ...('wrong' in parsed ? parsed.wrong.map(({ field, message }) => `${placeOf(field, origins)}: ${message}`) : [])];
}

function placeOf(field: string, origins: Map<string, string>): string {
  const [said] = [...origins.keys()].filter((name) => field.startsWith(name)).sort((one, other) => other.length - one.length);
  // Said by nobody here: missing, or from teal.json, which names its own mistakes.
  return said === undefined ? `custom.teal.release.${field}` : `${origins.get(said)}${field.slice(said.length)}`;
}

function merge(settings: Settings, targets: Target[]): Merged {
  const { alias, released } = settings;
  const origins = new Map(targets.map(({ released: { key } }, index) => [`targets[${index}]`, `functions.${key}.release`]));
  const shared = shareFields(settings);
  for (const [field, { where }] of shared.fields) origins.set(field, `${where}.${field}`);
  const request: Merged['request'] = {
    targets: targets.map(({ released: { name, version }, codeSha256 }) => ({
      function: name,
      alias,
      ...(version === undefined ? codeSha256 !== undefined && { codeSha256 } : { version }),
    })),
  };
  const judge: Fields = {};
  for (const [field, { value }] of shared.fields) {
    const [, ofJudge] = /^judge\.(.+)$/.exec(field) ?? [];
    if (ofJudge) judge[ofJudge] = value;
    else request[field] = value;
  }

  const lists = listsOf(settings, targets);
  const named = targets.map(({ released: one }) => one.name);
  const others = released.map(({ name }) => name).filter((name) => !named.includes(name));
  const collect = (field: string) => {
    const items = lists.get(field)!.items.filter(({ value }) => !isObject(value) || !others.includes(String(value.target).split(':')[0]!));
    for (const [index, { where }] of items.entries()) origins.set(`${field}[${index}]`, where);
    return items.map(({ value }) => value);
  };
  const alarms = lists.get('alarms')!;
  if (alarms.isAuto) request.alarms = 'auto';
  else if (alarms.items.length > 0) request.alarms = collect('alarms');
  const smokeTests = collect('smokeTests');
  if (smokeTests.length > 0) request.smokeTests = smokeTests;
  const metrics = collect('judge.metrics');
  if (metrics.length > 0) judge.metrics = metrics;
  if (Object.keys(judge).length > 0) request.judge = judge;
  return { request, origins, wrong: [...shared.wrong, ...[...lists.values()].flatMap(({ wrong }) => wrong)] };
}

const LISTS = ['alarms', 'smokeTests', 'judge.metrics'];

/** Fields by name, those of the judge each by itself ("judge.latency"); without the lists that are added up. */
function fieldsOf(fields: Fields): Map<string, unknown> {
  const { judge, ...rest } = fields;
  const ofJudge = isObject(judge) ? Object.entries(judge).map(([key, value]) => [`judge.${key}`, value] as const) : [];
  const all = [...Object.entries(rest), ...(judge !== undefined && !isObject(judge) ? [['judge', judge] as const] : []), ...ofJudge];
  return new Map(all);
}

/** What holds for the whole release: said by the service, or by functions that agree. */
function shareFields({ fields, released }: Settings): { fields: Map<string, Said>; wrong: string[] } {
  const blocks = released.map(({ key, fields: own }) => ({ where: `functions.${key}.release`, fields: fieldsOf(own) }));
  const ofService = fieldsOf(fields);
  const names = new Set([...ofService.keys(), ...blocks.flatMap((block) => [...block.fields.keys()])]);
  const result = new Map<string, Said>();
  const wrong: string[] = [];
  for (const name of names) {
    if (LISTS.includes(name)) continue;
    const said: Said[] = blocks.flatMap(({ where, fields: own }) => (own.has(name) ? [{ where, value: own.get(name) }] : []));
    // The service's is a default: it counts where a function says nothing.
    if (ofService.has(name) && (said.length === 0 || said.length < blocks.length))
      said.unshift({ where: 'custom.teal.release', value: ofService.get(name) });
    const other = said.find(({ value }) => !isDeepStrictEqual(value, said[0]!.value));
    if (other)
      wrong.push(
        `${name} of ${said[0]!.where} (${shown(said[0]!.value)}) and of ${other.where} (${shown(other.value)}) differ: the functions of a service are released together, so say it once, in custom.teal.release`,
      );
    result.set(name, said[0]!);
  }
  return { fields: result, wrong };
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 80);

interface List {
  items: Said[];
  isAuto: boolean;
  wrong: string[];
}

/** The lists that functions add to: the service's, then each target's, whose tests and metrics are its own unless they say otherwise. */
function listsOf(settings: Settings, targets: Target[]): Map<string, List> {
  const nameOf = new Map(settings.released.map(({ key, name }) => [key, name]));
  const blocks = [
    { where: 'custom.teal.release', own: undefined, fields: fieldsOf(settings.fields) },
    ...targets.map(({ released: { key, name, fields } }) => ({ where: `functions.${key}.release`, own: name, fields: fieldsOf(fields) })),
  ];
  return new Map(
    LISTS.map((field) => {
      const list: List = { items: [], isAuto: false, wrong: [] };
      for (const { where, own, fields } of blocks) {
        const value = fields.get(field);
        if (field === 'alarms' && value === 'auto') list.isAuto = true;
        else if (Array.isArray(value)) {
          for (const [index, item] of value.entries()) {
            const isThere = typeof item === 'string' && list.items.some(({ value: there }) => there === item);
            if (!isThere) list.items.push({ where: `${where}.${field}[${index}]`, value: withTarget(item, own, nameOf) });
          }
        } else if (value !== undefined) list.wrong.push(`${where}.${field}: is a list`);
      }
      if (list.isAuto && list.items.length > 0)
        list.wrong.push(`${list.items[0]!.where}: "auto" and names of alarms do not go together: say "auto" once, in custom.teal.release`);
      return [field, list];
    }),
  );
}

/** A smoke test or a metric with its target, which may be said by the function's key. */
function withTarget(item: unknown, own: string | undefined, nameOf: Map<string, string>): unknown {
  if (!isObject(item)) return item;
  const { target = own, ...rest } = item;
  if (target === undefined) return rest;
  const [key = '', ...alias] = String(target).split(':');
  return { target: [nameOf.get(key) ?? key, ...alias].join(':'), ...rest };
}
