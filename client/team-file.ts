import * as v from 'valibot';
import { describeIssues, fieldsSchema } from '../functions/release/request.ts';
import { known, type WrongField } from '../functions/release/schema.ts';
import { inlineFiles, type ReadFile } from './inline-files.ts';

/** `teal.json`: what a team's releases say unless told otherwise, by tiers of functions. */

const pattern = v.pipe(
  v.string('is the name of a function or a pattern such as "orders-*"'),
  v.regex(/^[a-zA-Z0-9-_*]{1,64}$/, 'is the name of a function or a pattern such as "orders-*"'),
);

export const teamFileSchema = known(
  {
    $schema: v.optional(v.string('is the address of a JSON Schema')),
    defaults: v.optional(v.pipe(fieldsSchema, v.description('What every release says unless its tier says otherwise')), {}),
    tiers: v.optional(
      v.pipe(
        v.array(
          known(
            {
              name: v.pipe(v.string('names the tier'), v.regex(/^[a-zA-Z0-9-_]{1,64}$/, 'names the tier (letters, digits, - and _)')),
              functions: v.pipe(
                v.array(pattern, 'is a list of names and patterns of functions'),
                v.minLength(1, 'names at least one function'),
                v.description('Names of functions, and patterns with *'),
              ),
              release: v.pipe(fieldsSchema, v.description('What a release of these functions says')),
            },
            'is an object',
            'a tier',
          ),
          'is a list of tiers',
        ),
        v.description('The most careful first: a release of functions of several tiers is released as the first of them says'),
      ),
      [],
    ),
  },
  'is an object',
  'teal.json',
);

/** Fields of a release, as somebody wrote them: nothing is filled in. */
export interface ReleaseFields {
  smokeTests?: { target: string }[];
  judge?: { metrics?: { target?: string }[] };
  [field: string]: unknown;
}

export interface TeamFile {
  defaults: ReleaseFields;
  /** The most careful first. */
  tiers: { name: string; functions: string[]; release: ReleaseFields }[];
}

/** Reads the text of a teal.json; `readFile` reads beside it. Everything that is wrong is told at once. */
export function parseTeamFile(text: string, readFile: ReadFile = () => undefined): TeamFile | { wrong: WrongField[] } {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (error) {
    return { wrong: [{ field: '', message: `is not JSON: ${(error as Error).message}` }] };
  }
  const { input, wrong } = withContents(said, readFile);
  const parsed = v.safeParse(teamFileSchema, input, { abortPipeEarly: true });
  wrong.push(...describeIssues(parsed.issues));
  const { defaults = {}, tiers = [] } = (wrong.length > 0 ? {} : input) as Partial<TeamFile>;
  const names = tiers.map(({ name }) => name);
  wrong.push(
    ...names.flatMap((name, index) =>
      names.indexOf(name) < index ? [{ field: `tiers[${index}].name`, message: `${name} is there twice` }] : [],
    ),
  );
  return wrong.length > 0 ? { wrong } : { defaults, tiers };
}

/** The file with the contents of those that its smoke tests name. */
function withContents(said: unknown, readFile: ReadFile): { input: unknown; wrong: WrongField[] } {
  if (typeof said !== 'object' || said === null) return { input: said, wrong: [] };
  const wrong: WrongField[] = [];
  const read = <Fields>(fields: Fields, where: string): Fields => {
    const inlined = inlineFiles(fields, readFile);
    wrong.push(...inlined.wrong.map(({ field, message }) => ({ field: `${where}.${field}`, message })));
    return inlined.fields;
  };
  const { defaults, tiers } = said as Partial<TeamFile>;
  const input = {
    ...said,
    ...(defaults && { defaults: read(defaults, 'defaults') }),
    ...(Array.isArray(tiers) && {
      tiers: tiers.map((tier, index) => (tier?.release ? { ...tier, release: read(tier.release, `tiers[${index}].release`) } : tier)),
    }),
  };
  return { input: Array.isArray(said) ? said : input, wrong };
}

/**
 * What a release of these functions says: the defaults, over them the fields of the most careful tier that one of them is in,
 * over them `own`. Smoke tests and metrics of functions that are not among them are left out. With `functions` undefined
 * (a stack or a tag, whose functions are not known here) it is the most careful tier of all.
 */
export function fieldsFor(
  { defaults, tiers }: TeamFile,
  functions: string[] | undefined,
  own: ReleaseFields = {},
): { fields: ReleaseFields; tier: string | undefined } {
  const tier = tiers.find(
    (one) => functions === undefined || functions.some((name) => one.functions.some((wanted) => matches(wanted, name))),
  );
  const told = { ...defaults, ...tier?.release };
  const isTold = (target: string | undefined) =>
    functions === undefined || target === undefined || functions.includes(target.split(':')[0]!);
  const fields: ReleaseFields = {
    ...told,
    ...(told.smokeTests && { smokeTests: told.smokeTests.filter(({ target }) => isTold(target)) }),
    ...(told.judge?.metrics && { judge: { ...told.judge, metrics: told.judge.metrics.filter(({ target }) => isTold(target)) } }),
    ...own,
  };
  return { fields, tier: tier?.name };
}

/** `*` stands for any characters. */
const matches = (wanted: string, name: string): boolean => new RegExp(`^${wanted.replaceAll('*', '.*')}$`).test(name);
