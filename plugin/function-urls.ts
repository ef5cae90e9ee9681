import pMap from 'p-map';
import type { Aws } from './aws.ts';
import type { Released, Settings } from './settings.ts';

/**
 * Functions whose URL this deploy would take away: an alias has a URL of its own, so CloudFormation makes that, at a new
 * address, and removes the old one, which nobody can get back.
 */
export async function findMovingUrls(
  { alias }: Settings,
  withUrl: Released[],
  { getUrl }: Pick<Aws, 'getUrl'>,
): Promise<{ name: string; url: string }[]> {
  const found = await pMap(
    withUrl,
    async ({ name }) => {
      const [old, ofAlias] = await Promise.all([getUrl(name), getUrl(name, alias)]);
      return old !== undefined && ofAlias === undefined ? [{ name, url: old }] : [];
    },
    { concurrency: 5 },
  );
  return found.flat();
}

export const describeMovingUrls = (moving: { name: string; url: string }[]): string =>
  `This deploy would give ${moving.length === 1 ? 'a function URL a new address' : 'function URLs new addresses'} and take the old for good: ${moving
    .map(({ name, url }) => `${name} (${url})`)
    .join(
      ', ',
    )}. An alias has a URL of its own. Deploy with --new-urls if nobody needs the old address, put a domain of your own in front of it, or say release: false in the function.`;
