import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../../world.ts';
import { type Circumstances, runInWorld } from '../run-in-world.ts';

const terminal = { columns: () => 80, rows: () => 40 };

const ESCAPE = '\x1b';
/** The cursor goes to the first line of the drawing before, if there is one; all below is cleared. */
const DRAWING = new RegExp(`\r(?:${ESCAPE}\\[(\\d+)A)?${ESCAPE}\\[J`, 'g');

/** What is on the screen after each drawing: each begins at the first line of the one before. */
const screensOf = (output: string) => output.replaceAll(DRAWING, '\f').split('\f').map(stripVTControlCharacters);

async function release(circumstances: Circumstances = {}, ...args: string[]) {
  const world = await createWorldWith('orders');
  return runInWorld(world, ['release', 'orders', '--plan', '50% 5m, 100% 5m', ...args], { terminal, ...circumstances });
}

describe('a release on a terminal', () => {
  it('is one screen that is drawn in place until the end', async () => {
    const { exitCode, output, said } = await release();
    expect([exitCode, said]).toEqual([0, '']);
    const [before, ...screens] = screensOf(output);
    expect(before).toMatch(/^Release orders-\S+ of orders\n/);
    expect(screens.length).toBeGreaterThan(30);
    expect(screens.some((screen) => /◐ 50 % for 5m +baking +█+░+ [1-4]m/.test(screen))).toBe(true);
    expect(screens.at(-1)).toMatch(/✔ promoted[\s\S]*✔ promote +done[\s\S]*\nRelease orders-\S+ is promoted/);
    for (const [index, moved] of [...output.matchAll(DRAWING)].entries())
      expect(Number(moved[1] ?? 0)).toBe(index === 0 ? 0 : screens[index - 1]!.split('\n').length - 1);
    expect(output.endsWith('\n')).toBe(true);
    expect(output.lastIndexOf('\x1b[?25h')).toBeGreaterThan(output.lastIndexOf('\x1b[?25l'));
  });

  it('goes on where CloudWatch is denied, and says so', async () => {
    const readMetrics = () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    const { exitCode, output } = await release({ aws: { readMetrics } });
    expect(exitCode).toBe(0);
    expect(output).toMatch(/no numbers of blue and green: these credentials may not\s+cloudwatch:GetMetricData/);
  });

  it('says on the screen that the connection is lost, and no more when it is back', async () => {
    let calls = 0;
    const { exitCode, output, said } = await release({
      connection: async (_, send) => {
        calls++;
        if (calls > 20 && calls < 24) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
        return send();
      },
    });
    expect([exitCode, said]).toEqual([0, '']);
    const screens = screensOf(output);
    expect(screens.filter((screen) => screen.includes('trying again for five minutes'))).toHaveLength(1);
    expect(screens.at(-1)).not.toContain('trying again');
  });

  it('begins anew below when the terminal has another width', async () => {
    let asked = 0;
    const { output } = await release({ terminal: { ...terminal, columns: () => (asked++ < 15 ? 100 : 50) } });
    const begun = [...output.matchAll(DRAWING)].filter(([, up]) => up === undefined);
    expect(begun).toHaveLength(2);
  });

  it.each<[string, Circumstances, string[]]>([
    ['--no-color', {}, ['--no-color']],
    ['a terminal that cannot be drawn on', { env: { TEAL_API: 'https://teal.example.com', TERM: 'dumb' } }, []],
  ])('is plain lines with %s', async (_, circumstances, args) => {
    const { output } = await release(circumstances, ...args);
    expect(output).not.toContain('\x1b');
    expect(output).toMatch(/^\d\d:\d\d:\d\d {2}· shifting 50 % to green$/m);
  });

  it('is drawn without colours with NO_COLOR', async () => {
    const { output } = await release({ env: { TEAL_API: 'https://teal.example.com', NO_COLOR: '1' } });
    expect(output).toContain('\x1b[J');
    expect(output).not.toMatch(new RegExp(`${ESCAPE}\\[\\d*m`));
  });
});
