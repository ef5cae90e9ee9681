import { describe, expect, it } from 'vitest';
import { describeMovingUrls, findMovingUrls } from '../../plugin/function-urls.ts';
import { readSettings } from '../../plugin/settings.ts';

/** An account with these URLs, by function and alias. */
const anAccount = (urls: Record<string, string>) => ({
  getUrl: async (name: string, alias?: string) => urls[alias === undefined ? name : `${name}:${alias}`],
});
const { settings } = readSettings({ release: {} }, [['orders', { name: 'shop-prod-orders' }]]);
const find = (urls: Record<string, string>) => findMovingUrls(settings, settings.released, anAccount(urls));

describe('a function URL', () => {
  it('that the function itself has is kept: its alias would get one of its own, at a new address', async () => {
    const moving = await find({ 'shop-prod-orders': 'https://old.example.com/' });
    expect(moving).toEqual([{ name: 'shop-prod-orders', url: 'https://old.example.com/' }]);
    expect(describeMovingUrls(moving)).toMatch(/shop-prod-orders \(https:\/\/old\.example\.com\/\).*--new-urls/);
  });

  it('is made for a new function, and stays where it is the alias’s already', async () => {
    expect(await find({})).toEqual([]);
    expect(await find({ 'shop-prod-orders:live': 'https://alias.example.com/' })).toEqual([]);
    expect(await find({ 'shop-prod-orders': 'https://old.example.com/', 'shop-prod-orders:live': 'https://alias.example.com/' })).toEqual(
      [],
    );
  });
});
