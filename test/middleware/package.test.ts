import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aContext } from './lambda-request.ts';

const teal = new URL('../..', import.meta.url).pathname;
const MOST_BYTES = 5_000;
const MOST_PLUGIN_BYTES = 500_000;

/** A project of a user's, with Teal's tarball installed in it and nothing else. */
let project: string;
const installed = () => join(project, 'node_modules/teal');

const npm = (cwd: string, ...options: string[]) =>
  execFileSync('npm', [...options, '--cache', join(project, '.npm'), '--loglevel', 'error'], { cwd, encoding: 'utf8' });

const node = (...options: string[]) => execFileSync(process.execPath, options, { cwd: project, encoding: 'utf8' });

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'teal-installed-'));
  npm(teal, 'pack', '--pack-destination', project);
  writeFileSync(join(project, 'package.json'), '{ "name": "orders", "version": "1.0.0" }');
  const [tarball] = globSync('*.tgz', { cwd: project });
  npm(project, 'install', '--offline', '--no-audit', '--no-fund', `./${tarball}`);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Handles a request and prints its metric. */
const USE = `withReportedFailures(async () => ({ statusCode: 500 }))({}, ${JSON.stringify(aContext())})`;

describe('the package that users install', () => {
  it('is the middleware, the plugin, the command, the JSON Schemas and what every package has, and brings nothing along', () => {
    const files = globSync('**/*', { cwd: installed() }).filter((path) => statSync(join(installed(), path)).isFile());
    // What the command imports late is in files of its own.
    expect(files.filter((path) => !/^dist\/teal\/\w+\.mjs$/.test(path)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/middleware/report-failures.d.ts',
      'dist/middleware/report-failures.js',
      'dist/plugin.cjs',
      'dist/release.schema.json',
      'dist/teal.mjs',
      'dist/teal.schema.json',
      'package.json',
    ]);
    expect(globSync('*', { cwd: join(project, 'node_modules') })).toEqual(['teal']);
  });

  it('has a middleware of less than 5 KB that imports nothing', () => {
    const text = readFileSync(join(installed(), 'dist/middleware/report-failures.js'), 'utf8');
    expect(Buffer.byteLength(text)).toBeGreaterThan(500);
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
    expect(text).not.toMatch(/\b(import|require)\b/);
  });

  it('has a plugin of less than 500 KB that a framework may require, and which needs nothing beside it', () => {
    const file = join(installed(), 'dist/plugin.cjs');
    expect(statSync(file).size).toBeLessThan(MOST_PLUGIN_BYTES);
    // The SDK has an error that says "[require(…)]".
    const names = [...readFileSync(file, 'utf8').matchAll(/(?<!\[)\b(?:require|import)\("([^"]+)"\)/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !isBuiltin(name))).toEqual([]);
    writeFileSync(join(project, 'plugin.cjs'), "process.stdout.write(require('teal').name);");
    expect(node('plugin.cjs')).toBe('TealPlugin');
  });

  it('has a command that npx finds, and which needs nothing beside it', () => {
    const files = [
      join(installed(), 'dist/teal.mjs'),
      ...globSync('dist/teal/*.mjs', { cwd: installed() }).map((file) => join(installed(), file)),
    ];
    expect(files.length).toBeGreaterThan(5);
    const names = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/(?<!\[)\b(?:require\(|import\(|from ?|import ?)"([^".][^"]*)"/g)].map(([, name]) => name!),
    );
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !isBuiltin(name))).toEqual([]);
    expect(npm(project, 'exec', '--offline', '--', 'teal', '--version')).toBe('0.1.0\n');
  });

  it.each([
    ['an ES module', 'main.mjs', `import { withReportedFailures } from 'teal/middleware';\nawait ${USE};`],
    ['require()', 'main.cjs', `const { withReportedFailures } = require('teal/middleware');\n${USE};`],
  ])('works in plain JavaScript by %s', (_, name, text) => {
    writeFileSync(join(project, name), text);
    expect(JSON.parse(node(name))).toMatchObject({ Resource: 'orders-api:live', ExecutedVersion: '42', bad: 1 });
  });

  it('has types that middy and the compiler take', () => {
    const middy = join(teal, 'node_modules/@middy/core/index.d.ts');
    const lines = [
      `import type middy from ${JSON.stringify(middy)};`,
      "import { reportFailures, withReportedFailures } from 'teal/middleware';",
      'declare const handler: middy.MiddyfiedHandler<{ id: string }, { statusCode: number }>;',
      'export const used: typeof handler = handler.use(reportFailures({ isFailure: (answer) => answer.statusCode > 599 }));',
      'export const wrapped: (event: { id: string }, context: object) => Promise<number> =',
      '  withReportedFailures(async (event: { id: string }) => event.id.length);',
      '// @ts-expect-error there is no such option',
      'reportFailures({ isBad: () => true });',
    ];
    writeFileSync(join(project, 'use.mts'), lines.join('\n'));
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'];
    expect(node(join(teal, 'node_modules/typescript/bin/tsc'), ...options, 'use.mts')).toBe('');
  });
});
