import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { openGame } from '../../../scripts/demo/play/game.ts';
import { printLastFrame } from '../../../scripts/demo/play/last-frame.ts';
import { playGame } from '../../../scripts/demo/play/player.ts';
import { parseScript, turnsOf } from '../../../scripts/demo/play/script.ts';
import { hasHeld } from '../../../scripts/demo/play/summary.ts';

async function aGame(seed = 7) {
  const game = await openGame({ folder: inject('templateFolder'), seed });
  onTestFinished(game.close);
  const texts = () => game.view().events.map(({ text }) => text);
  return {
    game,
    texts,
    play: (script: string) => {
      const turns = turnsOf(parseScript(script));
      return playGame(game, { nextTurn: () => turns.next().value!, show() {} });
    },
  };
}

describe('a game', () => {
  it('ends the same when the same seed and script are played again', async () => {
    const script = 'g 1s k t 1.2s b m 0.2s';
    const first = await (await aGame()).play(script);
    const again = await (await aGame(first.seed)).play(first.script);
    expect(printLastFrame(again, 100)).toEqual(printLastFrame(first, 100));
    expect(first.faults).toMatchObject({ throttled: 1, moved: 1 });
  });

  it('is another one with another seed', async () => {
    const played = async (seed: number) => {
      const { game, texts } = await aGame(seed);
      await game.press('g');
      await game.advance();
      return texts();
    };
    const seven = await played(7);
    expect(seven).toEqual([expect.stringMatching(/^▶ you release a good version: mobile-api-/)]);
    expect(await played(8)).not.toEqual(seven);
  });

  it('is held by Teal, which reverts the bad version', async () => {
    const { play, texts } = await aGame();
    const summary = await play('b 4s b k 1s');
    expect(hasHeld(summary), JSON.stringify(summary)).toBe(true);
    expect(summary).toMatchObject({ releases: [{ kind: 'bad', status: 'reverted' }], faults: { killed: 1 }, stranded: [] });
    expect(summary.tally.failedOfOwnBug).toBeGreaterThan(5);
    expect(texts().join('\n')).toMatch(/Teal answers 409: .*mobile-api-\S+/);
  });

  it('leaves an alias to the person who moves it', async () => {
    const { play, game } = await aGame();
    const summary = await play('g 3s m 0.1s m');
    expect(summary).toMatchObject({ releases: [{ status: 'alias-moved' }], faults: { moved: 1 }, stranded: [] });
    expect(await game.world.alias('mobile-api')).toEqual({ version: '1', weights: {} });
  });

  it('is not over before the release that was asked for last', async () => {
    const { play, game } = await aGame();
    const summary = await play('g g q');
    expect(game.view().events.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^! g does nothing: Teal has not answered yet/),
    );
    expect(summary).toMatchObject({ releases: [{ kind: 'good', status: 'promoted' }], stranded: [], broken: [] });
  });

  it('goes on after Stop is pressed', async () => {
    const { play, game } = await aGame();
    const summary = await play('g 3s s 2s');
    expect(summary).toMatchObject({ releases: [{ status: 'reverted' }], faults: { stopped: 1 }, stranded: [] });
    expect(await game.world.alias('mobile-api')).toEqual({ version: '2', weights: {} });
  });

  it('counts an alias that is not where it belongs, and requests that fail of that', async () => {
    const { game } = await aGame();
    const { world } = game;
    world.behaviours.good = () => Promise.reject(new Error('boom'));
    await world.deployCode('mobile-api', 'good');
    await world.moveAlias('mobile-api', '2', { [await world.publish('mobile-api')]: 0.5 });
    await game.advance();
    const summary = await game.summarize('q');
    expect(summary.stranded).toEqual(['alias live is on version 2 with {"3":0.5}, not on 2 alone']);
    expect(summary.tally.failedBecauseOfTeal).toBeGreaterThan(10);
    expect(summary.tally.firstBecauseOfTeal).toBe('version 3: boom');
  });
});
