import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';

/** As wide as what is printed where there is no terminal. */
const COLUMNS = 110;

/** What a program prints, and what it is told while it runs. */
function start(command: string, args: string[]) {
  const child = spawn(command, args, { env: { ...process.env, TERM: 'xterm-256color' }, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const heard = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
      heard.dispatchEvent(new Event('data'));
    });
  }
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, output }));
  return {
    ended,
    press: (keys: string) => void child.stdin.write(keys),
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    /** Fails when it ends before it has said that. */
    async until(text: string): Promise<void> {
      while (!stripVTControlCharacters(output).includes(text)) {
        const end = await Promise.race([once(heard as never, 'data').then(() => undefined), ended]);
        if (end && !stripVTControlCharacters(output).includes(text)) throw new Error(`it ended without "${text}": ${end.output}`);
      }
    },
  };
}

const DEMO = [process.execPath, 'scripts/demo.ts', '--play'];
const play = (...args: string[]) => start(DEMO[0]!, [...DEMO.slice(1), ...args]);

/** util-linux's `script` on Linux, BSD's on a Mac. What the terminal is like afterwards is printed last. */
function playOnTerminal(...args: string[]) {
  const line = `stty columns ${COLUMNS} rows 40; '${[...DEMO, ...args].join("' '")}'; echo "exit code $?"; stty -a`;
  return process.platform === 'darwin'
    ? start('script', ['-q', '/dev/null', 'sh', '-c', line])
    : start('script', ['-qec', line, '/dev/null']);
}

const lastFrame = (output: string) =>
  stripVTControlCharacters(output.slice(output.lastIndexOf('Over after')))
    .replaceAll('\r', '')
    .match(/^[\s\S]*?--play --seed.*$/m)?.[0];

/** Each process packages Teal first, and both may share two cores with other suites. */
const TWO_GAMES_MS = 300_000;

describe('npm run demo -- --play', () => {
  it(
    'is played by keys on a terminal, which it leaves as it was, and says how to play the same again',
    async () => {
      const game = playOnTerminal('--seed', '7');
      await game.until('No release yet');
      game.press('k');
      await game.until('k does nothing');
      game.press('g');
      await game.until('◐ baking');
      game.press('km');
      await game.until('you move the alias');
      game.press('\x03');
      const { output } = await game.ended;
      expect(output).toContain('exit code 0');
      expect(output.lastIndexOf('\x1b[?1049l')).toBeGreaterThan(output.lastIndexOf('\x1b[?1049h'));
      expect(output.lastIndexOf('\x1b[?25h')).toBeGreaterThan(output.lastIndexOf('\x1b[?25l'));
      expect(output).toMatch(/[^-]icanon/);

      const frame = lastFrame(output)!;
      const [, seed, script] = /--play --seed (\d+) --script "(.* k .*q)"$/.exec(frame)!;
      const again = await play('--seed', seed!, '--script', script!).ended;
      expect(again.exitCode).toBe(0);
      expect(lastFrame(again.output)).toBe(frame);
    },
    TWO_GAMES_MS,
  );

  it('leaves the terminal as it was when it is ended from outside', async () => {
    const game = playOnTerminal('--seed', '7', '--script', '600s');
    await game.until('No release yet');
    game.press('\x03\x03');
    const { output } = await game.ended;
    expect(output).toContain('exit code 130');
    expect(output.lastIndexOf('\x1b[?1049l')).toBeGreaterThan(output.lastIndexOf('\x1b[?1049h'));
    expect(output).toMatch(/[^-]icanon/);
  });

  it('says that it needs a terminal or a script where there is neither', async () => {
    const { exitCode, output } = await play().ended;
    expect([exitCode, output]).toEqual([2, expect.stringMatching(/^The game needs a terminal, or --script .*\n$/)]);
  });

  it.each([
    [['--script', 'g 5'], /"5" is no key/],
    [['--seed', 'x'], /--seed is a number, not x/],
    [['--json'], /--play prints no JSON/],
  ])('refuses %j', async (args, error) => {
    const { exitCode, output } = await play(...args).ended;
    expect([exitCode, output]).toEqual([2, expect.stringMatching(error)]);
  });
});
