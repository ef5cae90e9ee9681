import { describe, expect, it } from 'vitest';
import { findApi, requireTeal } from '../../plugin/find-teal.ts';

/** An account with these stacks, by name their outputs. */
const anAccount = (stacks: Record<string, Record<string, string>>) => ({
  aws: { getOutputs: async (stack: string) => stacks[stack] },
  region: 'eu-west-1',
});
const denied = {
  aws: { getOutputs: () => Promise.reject(new Error('User is not authorized to perform: cloudformation:DescribeStacks')) },
  region: 'eu-west-1',
};
const outputs = {
  ApiUrl: 'https://teal.example.com/',
  AliasResource: 'arn:aws:lambda:eu-west-1:123456789012:function:teal-prod-aliasResource',
};

describe('a deploy with the plugin', () => {
  it('stops before anything is deployed where Teal is not, and says which stack it looked for and what to do', async () => {
    const looked = requireTeal('teal-dev', anAccount({ 'teal-prod': outputs }));
    await expect(looked).rejects.toMatchObject({ code: 'TEAL_NOT_FOUND' });
    await expect(looked).rejects.toThrow(
      /stack teal-dev is not there\. Deploy Teal as stack teal-dev in eu-west-1, .*custom\.teal\.stack.*Nothing has been deployed/,
    );
  });

  it('stops where the stack of that name makes no aliases: another stack, or a Teal that is too old', async () => {
    await expect(requireTeal('shop-prod', anAccount({ 'shop-prod': { ApiUrl: 'x' } }))).rejects.toThrow(
      /shop-prod has no output AliasResource/,
    );
  });

  it('goes on where Teal is, and where whoever deploys may not look', async () => {
    await requireTeal('teal-prod', anAccount({ 'teal-prod': outputs }));
    await requireTeal('teal-prod', denied);
  });

  it('finds the API in the outputs of Teal’s stack, and says what is amiss where it cannot', async () => {
    expect(await findApi('teal-prod', anAccount({ 'teal-prod': outputs }))).toBe('https://teal.example.com');
    await expect(findApi('teal-prod', denied)).rejects.toThrow(/cannot be read \(User is not authorized.*custom\.teal\.api/);
    await expect(findApi('shop-prod', anAccount({ 'shop-prod': {} }))).rejects.toThrow(/shop-prod has no output ApiUrl/);
    await expect(findApi('teal-dev', anAccount({}))).rejects.toThrow(/teal-dev is not there/);
  });
});
