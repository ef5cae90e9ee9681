import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';
import { runInWorld } from './run-in-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'teal-cli-'));
const bundle = join(folder, 'teal.mjs');
beforeAll(() => execFileSync(process.execPath, ['esbuild.cli.cjs', folder]));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const teal = (...args: string[]) => execFileSync(process.execPath, [bundle, ...args], { encoding: 'utf8' });
const COMMANDS = [
  'release',
  'watch',
  'list',
  'show',
  'status',
  'promote',
  'advance',
  'abort',
  'pause',
  'resume',
  'approve',
  'decline',
  'adopt',
  'doctor',
];

describe('the bundled teal command', () => {
  it('lists its commands, its exit codes and an example', () => {
    const help = teal('--help');
    for (const command of [...COMMANDS, 'completion']) expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(help).toMatch(
      /Exit codes: 0 promoted, unchanged, or gave way to a newer release that waited too, 1 reverted.*64 wrong usage, 69/s,
    );
    expect(help).toContain('$ teal release orders-api --alarms auto');
  });

  it('says its version', () => {
    expect(teal('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each(['bash', 'zsh', 'fish'])('completes in %s', (shell) => {
    expect(teal('completion', shell)).toMatch(/teal.* complete -- /);
  });

  it('gives a shell the commands and options that begin as typed', () => {
    expect(teal('complete', '--', 'pro')).toMatch(/^promote\t/m);
    expect(teal('complete', '--', 'release', '--al')).toMatch(/^--alarms\t/m);
  });

  it('completes in a bash that asks', () => {
    // What the package bash-completion finds out of the line that is typed.
    const typed = '_get_comp_words_by_ref() { cur=pro; words=(teal pro); cword=1; }';
    const ask = `${typed}; teal() { "$NODE" "$TEAL" "$@"; }; source <(teal completion bash); __teal_complete; echo "$COMPREPLY"`;
    const env = { ...process.env, NODE: process.execPath, TEAL: bundle };
    expect(execFileSync('bash', ['-c', ask], { encoding: 'utf8', env })).toBe('promote\n');
  });
});

describe('teal', () => {
  it.each(COMMANDS)('%s --help has an example', async (command) => {
    const world = await createWorldWith();
    const { exitCode, output } = await runInWorld(world, [command, '--help']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(new RegExp(`Example:\n  \\$ teal ${command} `));
  });

  it.each([
    [['lst'], /unknown command 'lst'.*Did you mean list/s],
    [['show'], /missing required argument 'id'/],
    [['list', '--sttus', 'reverted'], /unknown option '--sttus'.*Did you mean --status/s],
    [['release', 'orders', '--alarms', 'all'], /argument 'all' is invalid.*auto/],
    [['release', 'orders', '--alarms', 'auto', '--alarm', 'red'], /cannot be used with option/],
    [['release'], /name what to release/],
    [['release', 'orders', '--plan', '10 5m'], /^plan: cannot read "10 5m"; write steps like/],
    [['release', 'orders', '--file', 'release.json'], /no file release\.json/],
    [['list', '--api', 'http://x y'], /"http:\/\/x y" is no address of an API/],
    [['show', ''], /argument 'id'\. It is empty/],
    [['watch', ' '], /argument 'id'\. It is empty/],
    [['abort', ''], /argument 'id'\. It is empty/],
    [['status', ''], /argument 'function'\. It is empty/],
    [['list', '--status', 'broken'], /^status: is one of scheduled, queued, preparing, /],
  ])('%j is wrong usage, and it says how', async (args, message) => {
    const world = await createWorldWith();
    const { exitCode, said, output } = await runInWorld(world, args);
    expect([exitCode, output]).toEqual([64, '']);
    expect(said).toMatch(message);
  });
});
