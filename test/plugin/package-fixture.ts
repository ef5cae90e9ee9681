import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEAL = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURE = fileURLToPath(new URL('./fixture', import.meta.url));

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string | string[];
}

export interface Template {
  Resources: Record<string, Resource>;
  Outputs: Record<string, unknown>;
}

export interface Service {
  folder: string;
  remove(): void;
}

/** Made once: it takes seconds. */
let bundled: Buffer | undefined;

/** A folder with a service in it, the fixture unless told, and the plugin, bundled as for the package, among its node_modules. */
export function createService(source = FIXTURE): Service {
  const folder = mkdtempSync(join(tmpdir(), 'teal-plugin-'));
  cpSync(source, folder, { recursive: true });
  const installed = join(folder, 'node_modules/teal');
  mkdirSync(join(installed, 'dist'), { recursive: true });
  copyFileSync(join(TEAL, 'package.json'), join(installed, 'package.json'));
  const bundle = join(installed, 'dist/plugin.cjs');
  if (bundled) writeFileSync(bundle, bundled);
  else execFileSync(process.execPath, [join(TEAL, 'esbuild.plugin.cjs'), bundle]);
  bundled = readFileSync(bundle);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Runs a framework's program until it ends, as a person would who has no account unless `variables` say one. With
 * `interruptAt` they press Ctrl-C when they read that.
 */
export async function runFramework(
  serverless: string,
  folder: string,
  args: string[],
  { variables = {}, interruptAt }: { variables?: Record<string, string>; interruptAt?: string } = {},
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [serverless, ...args], {
    cwd: folder,
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: folder,
      CI: '1',
      SLS_TELEMETRY_DISABLED: '1',
      SLS_NOTIFICATIONS_MODE: 'off',
      ...variables,
    },
  });
  let said = '';
  let isInterrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (interruptAt === undefined || isInterrupted || !said.includes(interruptAt)) return;
      isInterrupted = true;
      child.kill('SIGINT');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

/** Packages a service, edited, and reads its template. */
export async function packageEdited(serverless: string, edit: (text: string) => string): Promise<{ template: Template; said: string }> {
  const { folder, remove } = createService();
  try {
    const file = join(folder, 'serverless.yml');
    writeFileSync(file, edit(readFileSync(file, 'utf8')));
    const { code, said } = await runFramework(serverless, folder, ['package']);
    if (code !== 0) throw new Error(said);
    const compiled = readFileSync(join(folder, '.serverless/cloudformation-template-update-stack.json'), 'utf8');
    return { template: JSON.parse(compiled) as Template, said };
  } finally {
    remove();
  }
}

/** A template without what differs from one packaging to the next: dates, and what is named after them and random. */
export const normalized = (template: Template): Template =>
  JSON.parse(
    JSON.stringify(template)
      .replaceAll(/ApiGatewayDeployment\d+/g, 'ApiGatewayDeployment')
      .replaceAll(/(WebsocketsDeployment)[A-Za-z0-9]{20,}/g, '$1')
      .replaceAll(/\/\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z\//g, '/DATE/')
      .replaceAll(/code-artifacts\/[0-9a-f]{64}/g, 'code-artifacts/HASH')
      .replaceAll(/(LambdaVersion)[A-Za-z0-9]{20,}/g, '$1')
      .replaceAll(/"CodeSha256":"[^"]+"/g, '"CodeSha256":"HASH"'),
  ) as Template;
