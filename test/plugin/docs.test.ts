import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { codeBlocks } from '../docs/code-block.ts';
import { packageEdited } from './package-fixture.ts';

const root = new URL('../..', import.meta.url).pathname;
const page = readFileSync(`${root}/docs/serverless.md`, 'utf8');
const sources = globSync(['plugin/*.ts', 'client/*.ts'], { cwd: root }).map((path) => readFileSync(`${root}/${path}`, 'utf8'));

describe('docs/serverless.md', () => {
  it('has a serverless.yml that the framework packages, with an alias for each function that it releases', async () => {
    const [service] = codeBlocks('serverless.md', 'yaml');
    const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
    const { template, said } = await packageEdited(serverless, () => service!);
    expect(said).not.toMatch(/warning|teal:/i);
    const aliases = Object.keys(template.Resources).filter((id) => template.Resources[id]!.Type === 'Custom::TealAlias');
    expect(aliases).toEqual(['OrdersTealAlias', 'RefundsTealAlias']);
  }, 60_000);

  it('names every option and every code with which a deploy fails', () => {
    const codes = new Set(sources.flatMap((text) => [...text.matchAll(/'(TEAL_[A-Z_]+)'/g)].map(([, code]) => code!)));
    const ends = ['TEAL_REVERTED', 'TEAL_REJECTED', 'TEAL_ALIAS_MOVED', 'TEAL_STUCK'];
    expect(codes.size).toBeGreaterThan(5);
    for (const code of [...codes, ...ends]) expect(page).toContain(`\`${code}\``);
    for (const option of ['--no-release', '--detach', '--again', '--new-urls']) expect(page).toContain(`\`${option}\``);
  });
});
