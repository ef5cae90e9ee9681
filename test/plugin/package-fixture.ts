import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageService } from '../../scripts/package-service.ts';

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

/** A folder with the fixture service in it and the plugin, bundled as for the package, among its node_modules. */
export function createService(): { folder: string; bundle: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'teal-plugin-'));
  cpSync(FIXTURE, folder, { recursive: true });
  const installed = join(folder, 'node_modules/teal');
  mkdirSync(join(installed, 'dist'), { recursive: true });
  copyFileSync(join(TEAL, 'package.json'), join(installed, 'package.json'));
  const bundle = join(installed, 'dist/plugin.cjs');
  execFileSync(process.execPath, [join(TEAL, 'esbuild.plugin.cjs'), bundle]);
  return { folder, bundle, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Packages a service with osls and reads its template. */
export async function packageTemplate(service: string): Promise<Template> {
  const folder = join(service, 'packaged');
  await packageService(folder, { service, isQuiet: true });
  return JSON.parse(readFileSync(join(folder, 'cloudformation-template-update-stack.json'), 'utf8')) as Template;
}

/** Changes the service's serverless.yml. */
export function editService(folder: string, edit: (text: string) => string): void {
  const file = join(folder, 'serverless.yml');
  const text = readFileSync(file, 'utf8');
  const edited = edit(text);
  if (edited === text) throw new Error('the edit changed nothing');
  writeFileSync(file, edited);
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
