import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../functions/release/request.ts';

const parse = (target: unknown) => parseRequest({ targets: [target] });
const CODE = `${'a'.repeat(43)}=`;

describe('a target', () => {
  it.each<[unknown, object]>([
    ['orders-api', { function: 'orders-api', alias: 'live' }],
    [
      { function: 'orders-api', alias: 'beta', version: '42', codeSha256: CODE },
      { function: 'orders-api', alias: 'beta', version: '42' },
    ],
  ])('is a function: %j', (said, target) => expect(parse(said)).toMatchObject({ request: { targets: [target] }, selectors: [] }));

  it.each<[unknown, object]>([
    [{ stack: 'orders-prod' }, { stack: 'orders-prod', alias: 'live' }],
    [{ stack: `o${'x'.repeat(127)}`, alias: 'beta' }, { alias: 'beta' }],
    [{ tag: 'service=orders' }, { tag: 'service=orders', alias: 'live' }],
    [{ tag: 'critical=' }, { tag: 'critical=' }],
    [{ tag: 'aws:cloudformation:stack-name=a=b' }, { tag: 'aws:cloudformation:stack-name=a=b' }],
  ])('is a selector: %j', (said, selector) => expect(parse(said)).toMatchObject({ request: { targets: [] }, selectors: [selector] }));

  const STACK = 'is the name of a CloudFormation stack, such as "orders-prod"';
  const TAG = 'is a tag and its value, such as "service=orders"';
  const ONE = 'says one of "function", "stack" and "tag"';
  const PINNED = 'can say "version" and "codeSha256" of a "function" only';
  it.each<[unknown, string, string]>([
    [{}, 'targets[0]', ONE],
    [{ stack: 'a', tag: 'a=b' }, 'targets[0]', ONE],
    [{ function: 'a', stack: 'a' }, 'targets[0]', ONE],
    [{ stack: 'a', version: '1' }, 'targets[0]', PINNED],
    [{ tag: 'a=b', codeSha256: CODE }, 'targets[0]', PINNED],
    [{ stack: '1st' }, 'targets[0].stack', STACK],
    [{ stack: `o${'x'.repeat(128)}` }, 'targets[0].stack', STACK],
    [{ tag: '=orders' }, 'targets[0].tag', TAG],
    [{ tag: 'service' }, 'targets[0].tag', TAG],
    [{ tag: `service=${'x'.repeat(257)}` }, 'targets[0].tag', TAG],
    [{ function: 'a', alias: '$LATEST' }, 'targets[0].alias', 'cannot be $LATEST: an alias splits traffic between published versions only'],
    [{ function: 'a', alias: '7' }, 'targets[0].alias', 'is the name of an alias (letters, digits, - and _, at most 128, not all digits)'],
  ])('%j is refused by name', (said, field, message) => expect(parse(said)).toEqual({ wrong: [{ field, message }] }));
});
