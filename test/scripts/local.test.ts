import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TEMPLATE_FILE } from '../../local/cloudformation/folder.ts';
import { isRunning } from '../is-running.ts';

type Local = ChildProcessByStdio<null, Readable, Readable>;

/** Of the package, and of what the local AWS leaves in its temporary folder. */
const folder = mkdtempSync(join(tmpdir(), 'teal-local-test-'));
const [packageFolder, temporaryFolder] = [join(folder, 'package'), join(folder, 'temporary')];
const children: Local[] = [];

beforeAll(() => {
  for (const path of [packageFolder, temporaryFolder]) mkdirSync(path);
  writeFileSync(join(packageFolder, TEMPLATE_FILE), JSON.stringify({ Resources: {} }));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function startLocal(options = ['--package', packageFolder]): Local {
  const child = spawn(process.execPath, ['scripts/local.ts', '--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporaryFolder },
    // A process group of its own, as a terminal gives it.
    detached: true,
  });
  children.push(child);
  return child;
}

/** A local AWS with a request under way to a function that never ends and prints as it goes; `pid` is the function's. */
async function startLooping(): Promise<{ local: Local; pid: number }> {
  const local = startLocal();
  let pid: number | undefined;
  createInterface({ input: local.stderr }).on('line', (line) => {
    pid ??= Number(/looping in (\d+)/.exec(line)?.[1]) || undefined;
  });
  const lines = createInterface({ input: local.stdout });
  const ready = await new Promise<{ endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } }>(
    (resolve) => lines.on('line', (line) => line.startsWith('{') && resolve(JSON.parse(line))),
  );
  const client = new LambdaClient({ ...ready, maxAttempts: 1 });
  const source = "exports.handler = () => { for (let i = 0; ; i++) if (i % 1e8 === 0) console.log('looping in', process.pid); };";
  await client.send(
    new CreateFunctionCommand({
      FunctionName: 'loop',
      Role: 'arn:aws:iam::123456789012:role/loop',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 900,
      Code: { ZipFile: zipSync({ 'index.js': Buffer.from(source) }) },
    }),
  );
  client.send(new InvokeCommand({ FunctionName: 'loop' })).catch(() => {});
  await vi.waitFor(() => expect(pid).toBeDefined(), 10_000);
  return { local, pid: pid! };
}

describe('npm run local', () => {
  it.each<[string, (local: Local) => void]>([
    ['at SIGHUP', (local) => local.kill('SIGHUP')],
    ['at SIGQUIT', (local) => local.kill('SIGQUIT')],
    ['when nobody reads its log any more', (local) => local.stderr.destroy()],
    [
      'when it is interrupted twice',
      (local) => {
        local.kill('SIGINT');
        local.kill('SIGTERM');
      },
    ],
  ])('ends its functions and removes its files %s', async (_, end) => {
    const { local, pid } = await startLooping();
    expect([isRunning(pid), readdirSync(temporaryFolder).length]).toEqual([true, 1]);
    const exit = once(local, 'exit');
    end(local);
    const [code, signal] = await exit;
    expect([[0, 130].includes(code), signal]).toEqual([true, null]);
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 5000);
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });

  it('takes its functions with it when it is killed', async () => {
    const { local, pid } = await startLooping();
    local.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 5000);
    for (const name of readdirSync(temporaryFolder)) rmSync(join(temporaryFolder, name), { recursive: true });
  });
});

it.each(['port', 'deploy'])('npm run local refuses an empty --%s', async (name) => {
  const local = startLocal([`--${name}`, ' ']);
  const [said, [code]] = await Promise.all([text(local.stderr), once(local, 'exit')]);
  expect([code, said.split('\n')[0]]).toEqual([2, `--${name} needs a value`]);
});

describe('npm run local while it packages', () => {
  it('ends at a Ctrl-C without another word, and leaves no file', async () => {
    const local = startLocal([]);
    let said = '';
    let isInterrupted = false;
    local.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
      // As a terminal does: everyone of the group gets it.
      if (said.includes('Packaging') && !isInterrupted) process.kill(-local.pid!, 'SIGINT');
      isInterrupted ||= said.includes('Packaging');
    });
    expect(await once(local, 'close')).toEqual([0, null]);
    expect(said).toMatch(/^\s*Packaging[^\n]*\s*$/);
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });
});
