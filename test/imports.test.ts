import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

interface SourceFile {
  /** From the root of the project. */
  path: string;
  text: string;
}

interface Import {
  from: string;
  /** A path from the root of the project, or a package. */
  to: string;
  isTypeOnly: boolean;
}

const NO_PACKAGE = /(?!)/;

/** What the files of each layer may import: layers or single files of functions/, and packages. */
const LAYERS: Record<string, { imports: string[]; packages: RegExp }> = {
  'entry points': { imports: ['runtime', 'flow', 'release', 'aws'], packages: /^(p-map|node:crypto)$/ },
  runtime: { imports: ['runtime', 'release', 'functions/aws/transient.ts'], packages: /^(@middy\/core|aws-lambda)$/ },
  flow: { imports: ['flow', 'aws', 'release'], packages: /^p-map$/ },
  aws: { imports: ['aws', 'release'], packages: /^@aws-sdk\// },
  release: { imports: ['release'], packages: /^(croner|valibot|@cfworker\/json-schema|node:crypto|node:util)$/ },
  // It runs in the users' functions.
  middleware: { imports: [], packages: NO_PACKAGE },
  // They run on the users' machines.
  client: { imports: ['client', 'release'], packages: /^(aws4|valibot)$/ },
  cli: {
    imports: ['cli', 'client', 'release'],
    packages:
      /^(package\.json|commander|@bomb\.sh\/tab\/commander|fastest-levenshtein|node:[\w/]+|@aws-sdk\/(credential-provider-node|client-(lambda|cloudformation|cloudwatch|sts))|@smithy\/core\/config)$/,
  },
  plugin: { imports: ['plugin', 'client', 'release'], packages: /^(p-map|node:[\w/]+|@aws-sdk\/client-(lambda|cloudformation))$/ },
};

/** Undefined outside of these folders. */
function layerOf(path: string): string | undefined {
  const [top, folder, ...rest] = path.split('/');
  if (top === 'middleware' || top === 'client' || top === 'plugin' || top === 'cli') return top;
  if (top !== 'functions') return undefined;
  return rest.length === 0 ? 'entry points' : folder;
}

/** Imports and re-exports, each at the beginning of a line, as the formatter writes them; and late imports. */
function readImports({ path, text }: SourceFile): Import[] {
  const early = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+\s+from\s+)?'([^']+)'/gm);
  const late = text.matchAll(/\bimport\(\s*()'([^']+)'/g);
  return [...early, ...late].map(([, type, to]) => ({
    from: path,
    to: to!.startsWith('.') ? posix.join(posix.dirname(path), to!) : to!,
    isTypeOnly: Boolean(type),
  }));
}

/** Imports that point the wrong way. */
function findWrongImports(imports: Import[]): string[] {
  return imports.flatMap(({ from, to, isTypeOnly }) => {
    const layer = layerOf(from);
    if (layer === undefined) return [];
    const rules = LAYERS[layer];
    if (!rules) return [`${from} is in a folder that has no rules here`];
    const target = layerOf(to);
    // One entry point may know the events of another that it invokes.
    const isAllowed = target
      ? rules.imports.includes(target) || rules.imports.includes(to) || (isTypeOnly && layer === 'entry points' && target === layer)
      : rules.packages.test(to);
    return isAllowed ? [] : [`${from} (${layer}) imports ${to}`];
  });
}

/** The pure folder takes time, randomness and settings as arguments. */
const IMPURE = /Date\.now\(|new Date\(\s*\)|Math\.random|randomUUID|randomBytes|process\.|performance\.|globalThis/g;

const findImpurities = (files: SourceFile[]) =>
  files.flatMap(({ path, text }) =>
    layerOf(path) === 'release' ? [...text.matchAll(IMPURE)].map(([found]) => `${path} has ${found}`) : [],
  );

/** Names that say nothing about what is inside. */
const findVagueNames = (files: Pick<SourceFile, 'path'>[]) =>
  files.flatMap(({ path }) => (/(^|\/)(index\.[cm]?ts|(utils?|helpers?|common|manager)(\.ts|\/))/.test(path) ? [path] : []));

const MOST_LINES = 300;
const findLongFiles = (files: SourceFile[]) =>
  files.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > MOST_LINES ? [`${path} has ${lines} lines`] : [];
  });

const root = new URL('..', import.meta.url).pathname;
const sources: SourceFile[] = globSync('{cli,client,functions,local,middleware,plugin,scripts,test}/**/*.{ts,mts,cts}', {
  cwd: root,
  exclude: ['**/node_modules/**'],
}).map((path) => ({
  path,
  text: readFileSync(posix.join(root, path), 'utf8'),
}));

describe('the source tree', () => {
  it('imports one way: entry points, then runtime and flow, then aws, then release', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(findWrongImports(sources.flatMap(readImports))).toEqual([]);
  });

  it('has a middleware, which imports nothing', () => {
    const middleware = sources.filter(({ path }) => layerOf(path) === 'middleware');
    expect(middleware.length).toBeGreaterThan(0);
    expect(middleware.flatMap(readImports)).toEqual([]);
  });

  it('keeps the clock, randomness and the environment out of release/', () => {
    expect(findImpurities(sources)).toEqual([]);
  });

  it('names files for what is in them: no utils, helpers, common, manager, index', () => {
    expect(findVagueNames(sources)).toEqual([]);
  });

  it('has files small enough to read whole', () => {
    expect(findLongFiles(sources.filter(({ path }) => !path.startsWith('test/')))).toEqual([]);
  });
});

describe('the rules of the source tree', () => {
  const importsOf = (path: string, text: string) => findWrongImports(readImports({ path, text }));

  it.each([
    ['release to the SDK', 'functions/release/plan.ts', "import { LambdaClient } from '@aws-sdk/client-lambda';"],
    ['release to a gateway', 'functions/release/plan.ts', "import type { Aws } from '../aws/connect.ts';"],
    ['release to the file system', 'functions/release/plan.ts', "import { readFileSync } from 'node:fs';"],
    ['aws to flow', 'functions/aws/alias.ts', "export { look } from '../flow/look.ts';"],
    ['runtime to a gateway', 'functions/runtime/task.ts', "import { getAlias } from '../aws/alias.ts';"],
    ['flow to an entry point', 'functions/flow/look.ts', "import type { LookEvent } from '../bake.ts';"],
    ['flow to the runtime', 'functions/flow/look.ts', "import { task } from '../runtime/task.ts';"],
    ['an entry point to the SDK', 'functions/plan.ts', "import {\n  GetAliasCommand,\n  LambdaClient,\n} from '@aws-sdk/client-lambda';"],
    ['an entry point to what another does', 'functions/tick.ts', "import { createHandler } from './bake.ts';"],
    ['functions to the local AWS', 'functions/plan.ts', "import '../local/aws.ts';"],
    ['functions to the tests, late', 'functions/aws/alias.ts', "const { x } = await import('../../test/world.ts');"],
    ['a folder of release to a gateway', 'functions/release/deep/plan.ts', "import { getAlias } from '../../aws/alias.ts';"],
    ['functions to the middleware', 'functions/plan.ts', "import { reportFailures } from '../middleware/report-failures.ts';"],
    ['the middleware to a package', 'middleware/report-failures.ts', "import middy from '@middy/core';"],
    ['the middleware to Node', 'middleware/report-failures.ts', "import { Console } from 'node:console';"],
    ['the middleware to functions', 'middleware/report-failures.ts', "import type { Call } from '../functions/runtime/http.ts';"],
    ['one file of the middleware to another', 'middleware/report-failures.ts', "import { write } from './write.ts';"],
    ['the client to the plugin', 'client/watch.ts', "import { isObject } from '../plugin/settings.ts';"],
    ['the client to the SDK', 'client/api.ts', "import { LambdaClient } from '@aws-sdk/client-lambda';"],
    ['the client to the command', 'client/watch.ts', "import { Failure } from '../cli/failure.ts';"],
    ['the command to the plugin', 'cli/aws.ts', "import { connectAws } from '../plugin/aws.ts';"],
    ['the command to a gateway', 'cli/aws.ts', "const { readMetrics } = await import('../functions/aws/metrics.ts');"],
    ['the plugin to a gateway', 'plugin/aws.ts', "import { getVersion } from '../functions/aws/function.ts';"],
    ['functions to the client', 'functions/plan.ts', "import { callApi } from '../client/api.ts';"],
    ['a folder without rules', 'functions/shared/plan.ts', "import { task } from '../runtime/task.ts';"],
  ])('refuse an import from %s', (_, path, text) => {
    expect(importsOf(path, text)).toHaveLength(1);
  });

  it('allow the imports that point the right way', () => {
    const text =
      "import pMap from 'p-map';\nimport { getAlias } from './aws/alias.ts';\nimport type { LookEvent } from './bake.ts';\nimport { task } from './runtime/task.ts';";
    expect(importsOf('functions/tick.ts', text)).toEqual([]);
    expect(importsOf('functions/runtime/task.ts', "import { isTransient } from '../aws/transient.ts';")).toEqual([]);
    expect(importsOf('plugin/aws.ts', "import { toVersion } from '../functions/release/function-version.ts';")).toEqual([]);
    expect(importsOf('local/aws.ts', "import { createRequestHandler } from './request-handler.ts';")).toEqual([]);
  });

  it.each(['Date.now()', 'new Date()', 'Math.random()', 'process.env.TABLE_NAME', 'performance.now()'])(
    'refuse %s in release/',
    (found) => {
      const text = `export const at = ${found};`;
      expect(findImpurities([{ path: 'functions/release/plan.ts', text }])).toHaveLength(1);
      expect(findImpurities([{ path: 'functions/release/plan.ts', text: 'export const at = new Date(event.at);' }])).toEqual([]);
    },
  );

  it('refuse vague names and long files', () => {
    const paths = ['functions/utils.ts', 'local/lambda/index.ts', 'scripts/helpers/text.ts', 'test/common.ts', 'local/manager.ts'];
    expect(findVagueNames([...paths, 'local/index-text.ts', 'functions/plan.ts'].map((path) => ({ path })))).toEqual(paths);
    expect(findLongFiles([{ path: 'functions/plan.ts', text: 'line\n'.repeat(MOST_LINES + 1) }])).toHaveLength(1);
    expect(findLongFiles([{ path: 'functions/plan.ts', text: 'line\n'.repeat(MOST_LINES) }])).toEqual([]);
  });
});
