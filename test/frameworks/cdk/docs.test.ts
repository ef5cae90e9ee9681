import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../../docs/code-block.ts';
import { changedResources, type Template, typesThatName } from '../../docs/references.ts';
import { deployStack, type Uploads } from '../../world/deploy-stack.ts';
import { codeOf } from '../../world/people.ts';
import { createWorld } from '../../world.ts';

const [stack, queue] = codeBlocks('cdk.md', 'ts') as [string, string];
const withQueue = stack
  .replace('    // More event sources go here.\n', queue)
  .replace(/^/, "import * as sqs from 'aws-cdk-lib/aws-sqs';\n");

interface Synthesised {
  template: Template;
  /** The zips that `cdk deploy` would upload. */
  uploads: Uploads;
}

let folder: string;
/** The documented stack, the same with other code in the function's folder, and with the other event sources. */
let before: Synthesised;
let after: Synthesised;
let whole: Template;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'teal-cdk-'));
  for (const name of ['node_modules', 'synth.mjs', 'package.json']) {
    symlinkSync(fileURLToPath(new URL(name, import.meta.url)), join(folder, name));
  }
  mkdirSync(join(folder, 'orders'));
  before = synthesise(stack, 'blue');
  after = synthesise(stack, 'good');
  whole = synthesise(withQueue, 'blue').template;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function synthesise(code: string, behaviour: string): Synthesised {
  writeFileSync(join(folder, 'orders-stack.ts'), code);
  writeFileSync(join(folder, 'orders/index.mjs'), behaviour);
  const out = join(folder, 'cdk.out');
  rmSync(out, { recursive: true, force: true });
  // Else imports would be looked for where the link points to.
  execFileSync(process.execPath, ['--preserve-symlinks-main', 'synth.mjs', 'orders-stack.ts'], { cwd: folder, stdio: 'pipe' });
  const hashes = readdirSync(out).flatMap((name) => /^asset\.(\w+)$/.exec(name)?.slice(1) ?? []);
  return {
    template: JSON.parse(readFileSync(join(out, 'orders-prod.template.json'), 'utf8')) as Template,
    uploads: Object.fromEntries(hashes.map((hash) => [`cdk-hnb659fds-assets-123456789012-eu-west-1/${hash}.zip`, codeOf(behaviour)])),
  };
}

const only = ({ Resources }: Template, type: string) => Object.keys(Resources).filter((id) => Resources[id]!.Type === type);
const idOf = (template: Template, type: string) => only(template, type)[0]!;

describe('the code of docs/cdk.md', () => {
  it('is right in its types', () => {
    const tsc = createRequire(import.meta.url)
      .resolve('typescript/package.json')
      .replace('package.json', 'bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022', '--types', ''];
    writeFileSync(join(folder, 'orders-stack.ts'), withQueue);
    execFileSync(process.execPath, [tsc, ...options, 'orders-stack.ts'], { cwd: folder, stdio: 'pipe' });
  });

  it('has everything call the alias, and nothing the bare function', () => {
    // The alias itself, and a setting of the alias, which is named by both.
    expect(typesThatName(whole, idOf(whole, 'AWS::Lambda::Function'))).toEqual(['AWS::Lambda::EventInvokeConfig', 'Custom::TealAlias']);
    expect(typesThatName(whole, 'OrdersLive')).toEqual([
      'AWS::ApiGatewayV2::Integration',
      'AWS::Events::Rule',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Permission',
      'AWS::Lambda::Permission',
    ]);
    // A name taken from the ARN is the function's, not the alias's.
    expect(JSON.stringify(whole)).not.toMatch(/"Fn::Split":\[":",\{"Ref":"OrdersLive"\}\]/);
  });

  it('has no version and no alias that a deploy would move', () => {
    expect([...only(whole, 'AWS::Lambda::Version'), ...only(whole, 'AWS::Lambda::Alias')]).toEqual([]);
  });

  it('changes nothing but the function when its code changes, so that CloudFormation leaves the alias alone', () => {
    expect(changedResources(before.template, after.template)).toEqual([idOf(after.template, 'AWS::Lambda::Function')]);
  });

  it('deploys, and its users meet new code only by a release', async () => {
    const world = await createWorld();
    const { resources } = await deployStack(world, 'orders-prod', before.template, before.uploads);
    expect(resources.get('OrdersLive')!.physicalId).toBe('arn:aws:lambda:eu-west-1:123456789012:function:orders-api:live');
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });

    await deployStack(world, 'orders-prod', after.template, after.uploads);
    expect(await world.request('orders-api')).toMatchObject({ version: '1' });
    expect(await world.runRelease({ targets: ['orders-api'], plan: '10% 1m, 100% 1m' })).toMatchObject({ status: 'promoted' });
    expect(await world.request('orders-api')).toMatchObject({ version: '2' });

    await deployStack(world, 'orders-prod', before.template, before.uploads);
    expect(await world.request('orders-api')).toMatchObject({ version: '2' });
  });
});
