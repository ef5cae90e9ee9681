import { inlineFiles, type ReadFile } from '../client/inline-files.ts';
import { parseTeamFile, type TeamFile } from '../client/team-file.ts';
import type { FunctionObject } from './framework.ts';

/** What a service says of Teal: `custom.teal`, and `release` of its functions. */

/** One function that is released. */
export interface Released {
  /** In serverless.yml: "orders". */
  key: string;
  /** As deployed: "shop-prod-orders". */
  name: string;
  /** Its own `release`, without the version. */
  fields: Fields;
  /** A published version that is released instead of what was deployed. */
  version?: unknown;
}

/** Fields of a release, not yet known to be right. */
export type Fields = Record<string, unknown>;

export interface Settings {
  /** Teal's own stack. */
  stack: string;
  /** The URL of Teal's API; undefined: its stack's output says. */
  api?: string;
  alias: string;
  /** `custom.teal.release`: what every release of the service says. */
  fields: Fields;
  /** The team's teal.json. */
  team?: TeamFile;
  released: Released[];
}

/** What the framework checks of its own. A release is checked here: the framework would make `false` of an empty `release:`. */
const release = {};
export const CUSTOM_SCHEMA = {
  type: 'object',
  properties: {
    teal: {
      type: 'object',
      properties: { stack: { type: 'string' }, api: { type: 'string' }, alias: { type: 'string' }, release },
      additionalProperties: false,
    },
  },
};
export const FUNCTION_SCHEMA = { type: 'object', properties: { release } };

const KNOWN = ['stack', 'api', 'alias', 'release'];

/** Reads what a service says, and the teal.json and what else it names in its folder. `wrong` names every place that is wrong, and is empty when nothing is. */
export function readSettings(
  teal: unknown,
  functions: [key: string, object: FunctionObject][],
  readFile: ReadFile = () => undefined,
): { settings: Settings; wrong: string[] } {
  const said = isObject(teal) ? teal : {};
  const wrong = [
    ...(teal !== undefined && !isObject(teal) ? ['custom.teal: is an object such as { stack: teal-prod, release: {} }'] : []),
    ...Object.keys(said).flatMap((key) =>
      KNOWN.includes(key)
        ? []
        : [`custom.teal.${key}: Teal knows ${KNOWN.join(', ')} here; fields of a release belong into custom.teal.release`],
    ),
  ];
  const text = (key: string, pattern: RegExp, what: string): string | undefined => {
    const value = said[key];
    if (value === undefined || (typeof value === 'string' && pattern.test(value))) return value;
    wrong.push(`custom.teal.${key}: ${what}`);
    return undefined;
  };
  const stack = text(
    'stack',
    /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/,
    'is the name of the stack that Teal itself is deployed as, such as teal-prod',
  );
  const api = text('api', /^https?:\/\//, "is the URL of Teal's API, which its stack has as output ApiUrl");
  // $LATEST and digits are no names of aliases.
  const alias = text('alias', /^(?!\d+$)[a-zA-Z0-9-_]{1,128}$/, 'is the name of an alias, such as live');

  const readFields = (value: unknown, where: string): Fields => {
    if (isObject(value)) {
      if ('targets' in value) wrong.push(`${where}.targets: a release's targets are the functions that a deploy changed: leave it out`);
      const { targets: _, ...said } = value;
      const { fields, wrong: unread } = inlineFiles(said, readFile);
      wrong.push(...unread.map(({ field, message }) => `${where}.${field}: ${message}`));
      return fields;
    }
    if (value !== undefined && typeof value !== 'boolean')
      wrong.push(`${where}: is an object of a release's fields, true, or false for a function that Teal leaves alone`);
    return {};
  };
  const isAll = said.release !== undefined && said.release !== false;
  const fields = readFields(said.release, 'custom.teal.release');
  if ('version' in fields) wrong.push('custom.teal.release.version: is of one function: say it in its own release');
  const released = functions.flatMap(([key, { name, release: own }]): Released[] => {
    if (own === false || (own === undefined && !isAll)) return [];
    const { version, ...rest } = readFields(own, `functions.${key}.release`);
    return [{ key, name, fields: rest, ...(version !== undefined && { version }) }];
  });
  const teamText = readFile('teal.json');
  const parsed = teamText === undefined ? undefined : parseTeamFile(teamText, readFile);
  const team = parsed && 'wrong' in parsed ? undefined : parsed;
  if (parsed && 'wrong' in parsed) wrong.push(...parsed.wrong.map(({ field, message }) => `teal.json: ${field || 'the file'}: ${message}`));
  return { settings: { stack: stack ?? 'teal-prod', api: api?.replace(/\/$/, ''), alias: alias ?? 'live', fields, team, released }, wrong };
}

/** What of a released function keeps Teal from it, each with what to do. */
export function findUnfit(key: string, { provisionedConcurrency, durableConfig, events }: FunctionObject): string[] {
  const unlessLeft = `, or say release: false in functions.${key}`;
  return [
    ...(provisionedConcurrency
      ? [
          `functions.${key}.provisionedConcurrency: it makes the framework put an alias of its own on every deploy, and with it Lambda moves weights itself: remove it${unlessLeft}`,
        ]
      : []),
    ...(durableConfig
      ? [`functions.${key}.durableConfig: it makes the framework put an alias of its own (durable) on every deploy: remove it${unlessLeft}`]
      : []),
    ...(events?.some((event) => 'cloudFront' in event)
      ? [
          `functions.${key}.events: CloudFront runs a version of a Lambda@Edge function, never an alias: Teal cannot release it; say release: false in functions.${key}`,
        ]
      : []),
  ];
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
