import { describe, expect, it } from 'vitest';
import { connectAws } from '../../plugin/aws.ts';
import type { FunctionObject } from '../../plugin/framework.ts';
import { type Deploy, releaseDeployed } from '../../plugin/release-deployed.ts';
import { readSettings } from '../../plugin/settings.ts';
import { setFreezeWindows } from '../world/freeze-windows.ts';
import { createWorldWith, type World } from '../world.ts';

const lost = () => new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });

/** A deploy of these functions with the plugin, once the code is in $LATEST; what a person reads of it, and how it fails. */
async function deploy(
  world: World,
  names: string[],
  {
    release = {},
    blocks = {},
    uploads = {},
    onTell = () => {},
    connection = (_, send) => send(),
    ...options
  }: {
    release?: Record<string, unknown>;
    blocks?: Record<string, unknown>;
    /** The SHA-256 of what was uploaded, where it is not what is in $LATEST. */
    uploads?: Record<string, string>;
    onTell?: (line: string) => Promise<void> | void;
    /** Stands before the API. */
    connection?: (path: string, send: () => Promise<Response>) => Promise<Response>;
  } & Partial<Pick<Deploy, 'isDetached' | 'isAgain'>>,
) {
  const teal = { api: 'https://teal.example.com', release: { plan: '10% 5m, 100% 5m', ...release } };
  const { settings, wrong } = readSettings(
    teal,
    names.map((name) => [name, { name, release: blocks[name] } as FunctionObject]),
  );
  expect(wrong).toEqual([]);
  const lines: string[] = [];
  const tell = (line: string) => {
    lines.push(line);
    telling = telling.then(() => onTell(line));
  };
  let telling = Promise.resolve();
  const aws = connectAws(world.aws.clientConfig as never);
  const uploaded = await Promise.all(
    settings.released.map(async (released) => {
      const codeSha256 = uploads[released.name] ?? (await aws.getVersion(released.name, '$LATEST'))?.codeSha256;
      return [released, codeSha256] as const;
    }),
  );
  const failure = await releaseDeployed(
    {
      settings,
      codeSha256: new Map(uploaded),
      isDetached: false,
      isAgain: false,
      idempotencyKey: `deploy-${world.aws.ground.clock.nowMs()}`,
      ...options,
    },
    {
      aws,
      region: 'eu-west-1',
      credentials: async () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }),
      nowMs: () => world.aws.ground.clock.nowMs(),
      wait: async (ms) => {
        await telling;
        await world.aws.ground.clock.advanceTo(world.aws.ground.clock.nowMs() + ms);
      },
      fetch: async (url, { method = 'GET', body, headers }) => {
        const { pathname } = new URL(url);
        return connection(pathname, async () => {
          const { status, body: said } = await world.call(method, pathname, body ?? undefined, headers as Record<string, string>);
          return Response.json(said, { status });
        });
      },
      tell,
      onInterrupt: () => () => {},
    },
  ).then(
    () => undefined,
    (error: Error & { code?: string }) => ({ code: error.code, message: error.message }),
  );
  const { body } = await world.call<{ releases: { id: string; targets: { function: string }[] }[] }>('GET', '/releases');
  return { lines, said: lines.join('\n'), failure, releases: body.releases };
}

describe('after a deploy', () => {
  it('every function that it changed is released, together, and the deploy goes well when they are promoted', async () => {
    const world = await createWorldWith('orders', 'payments');
    await world.aFunction('prices', { next: 'blue' });
    const { said, failure, releases } = await deploy(world, ['orders', 'payments', 'prices'], {});
    expect(failure).toBeUndefined();
    expect(releases).toHaveLength(1);
    expect(releases[0]!.targets.map((target) => target.function)).toEqual(['orders', 'payments']);
    for (const name of ['orders', 'payments']) expect(await world.alias(name)).toEqual({ version: '2', weights: {} });
    expect(await world.alias('prices')).toEqual({ version: '1', weights: {} });
    expect(said).toMatch(/^release orders-\S+ of orders, payments$/m);
    expect(said).toMatch(/^\d\d:\d\d:\d\d {2}· shifting 10 % to green$/m);
    expect(said).toMatch(/◐ baking/);
    expect(said).toMatch(/Release orders-\S+ is promoted/);
  });

  it('says that there is nothing to release when users have this code already, and starts nothing', async () => {
    const world = await createWorldWith();
    await world.aFunction('orders', { next: 'blue' });
    const { said, failure, releases } = await deploy(world, ['orders'], {});
    expect(failure).toBeUndefined();
    expect(releases).toEqual([]);
    expect(said).toContain('alias live serves this code already: orders (version 1)');
  });

  it('fails when an alarm reverts the release, and says who serves and what to do', async () => {
    const world = await createWorldWith('orders');
    await world.anAlarm('orders-errors');
    const { failure } = await deploy(world, ['orders'], {
      release: { alarms: ['orders-errors'] },
      onTell: async (line) => {
        if (line.includes('shifting 10 %')) await world.setAlarm('orders-errors', 'ALARM');
      },
    });
    expect(failure?.code).toBe('TEAL_REVERTED');
    expect(failure?.message).toMatch(/was reverted: .*orders-errors/);
    expect(failure?.message).toContain('--again');
    expect(await world.alias('orders')).toEqual({ version: '1', weights: {} });

    const refused = await deploy(world, ['orders'], {});
    expect(refused.failure?.code).toBe('TEAL_REJECTED');
    expect(refused.failure?.message).toContain('was reverted by release');

    const again = await deploy(world, ['orders'], { isAgain: true });
    expect(again.failure).toBeUndefined();
    expect(await world.alias('orders')).toEqual({ version: '2', weights: {} });
  });

  it('never releases code of another deploy that came in between', async () => {
    const world = await createWorldWith('orders');
    const { failure } = await deploy(world, ['orders'], { uploads: { orders: `${'a'.repeat(43)}=` } });
    expect(failure?.code).toBe('TEAL_REJECTED');
    expect(failure?.message).toMatch(
      /the code of orders in \$LATEST is .*, not a{43}= as the release says: somebody else has deployed since/,
    );
    expect(failure?.message).toContain('deploy again');
    expect(await world.alias('orders')).toEqual({ version: '1', weights: {} });
  });

  it('sees another deploy also when it put back what users have', async () => {
    const world = await createWorldWith();
    await world.aFunction('orders', { next: 'blue' });
    const { failure } = await deploy(world, ['orders'], { uploads: { orders: `${'a'.repeat(43)}=` } });
    expect(failure?.code).toBe('TEAL_REJECTED');
  });

  it('releases the version that a function pins', async () => {
    const world = await createWorldWith('orders');
    expect(await world.publish('orders')).toBe('2');
    await world.deployCode('orders', 'bad');
    const { failure } = await deploy(world, ['orders'], { blocks: { orders: { version: '2' } } });
    expect(failure).toBeUndefined();
    expect(await world.alias('orders')).toEqual({ version: '2', weights: {} });
  });

  it('returns at once when it is not to wait, with the id and what to do with it', async () => {
    const world = await createWorldWith('orders');
    const { said, failure, releases } = await deploy(world, ['orders'], { isDetached: true });
    expect(failure).toBeUndefined();
    const id = releases[0]!.id;
    expect(said).toContain(`To watch it: npx teal watch ${id} --api https://teal.example.com. `);
    expect(said).toMatch(new RegExp(`To put users back .*: npx teal abort ${id} --api https://teal\\.example\\.com$`, 'm'));
    expect((await world.untilOver(releases[0]!.id)).status).toBe('promoted');
  });

  it('fails when another release holds a function, and names it', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'] });
    const { failure } = await deploy(world, ['orders'], {});
    expect(failure?.code).toBe('TEAL_BUSY');
    expect(failure?.message).toContain(`teal abort ${id}.`);
    expect(failure?.message).toContain('deployed and not released: users are where the release that holds it has them');
    expect(failure?.message).toContain('Then deploy again');
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('fails while a freeze window is on, and names it and the field that overrides it', async () => {
    const world = await createWorldWith('orders');
    await setFreezeWindows(world, { start: '5 12 * * *', duration: '30m', reason: 'stock exchange' });
    const { failure } = await deploy(world, ['orders'], {});
    expect(failure?.code).toBe('TEAL_FROZEN');
    expect(failure?.message).toContain('so users are on the version before. ');
    expect(failure?.message).toContain('inside the freeze "stock exchange", until 2026-01-15 12:35 UTC');
    expect(failure?.message).toContain('"overrideFreeze": "…"');
  });

  it('fails when a person moves an alias meanwhile', async () => {
    const world = await createWorldWith('orders');
    const { failure } = await deploy(world, ['orders'], {
      onTell: async (line) => {
        if (line.includes('◐ baking')) await world.moveAlias('orders', '1');
      },
    });
    expect(failure?.code).toBe('TEAL_ALIAS_MOVED');
  });

  it('outlives minutes without a connection and answers of 503', async () => {
    const world = await createWorldWith('orders');
    let calls = 0;
    const { said, failure, releases } = await deploy(world, ['orders'], {
      connection: async (_, send) => {
        calls++;
        if (calls % 3 === 1) throw lost();
        return calls % 3 === 2 ? Response.json({ message: 'Service Unavailable' }, { status: 503 }) : send();
      },
    });
    expect(said).toContain('does not answer (fetch failed: connect ECONNREFUSED): trying again for five minutes');
    expect(failure).toBeUndefined();
    expect(releases).toHaveLength(1);
    expect(await world.alias('orders')).toEqual({ version: '2', weights: {} });
  });

  it('starts one release when the answer to its call is lost', async () => {
    const world = await createWorldWith('orders');
    let isLost = false;
    const { failure, releases } = await deploy(world, ['orders'], {
      connection: async (_, send) => {
        const answer = await send();
        if (isLost) return answer;
        isLost = true;
        throw lost();
      },
    });
    expect(isLost).toBe(true);
    expect(failure).toBeUndefined();
    expect(releases).toHaveLength(1);
  });

  it('fails after five minutes without an answer, and says that the release goes on', async () => {
    const world = await createWorldWith('orders');
    const { failure, releases } = await deploy(world, ['orders'], {
      connection: async (path, send) => {
        if (path !== '/releases') throw lost();
        return send();
      },
    });
    expect(failure?.code).toBe('TEAL_UNREACHABLE');
    expect(failure?.message).toMatch(/ECONNREFUSED.*goes on/s);
    expect((await world.untilOver(releases[0]!.id)).status).toBe('promoted');
  });

  it('says what calling Teal takes when it may not', async () => {
    const world = await createWorldWith('orders');
    const { failure, releases } = await deploy(world, ['orders'], {
      connection: async () => Response.json({ message: 'Forbidden' }, { status: 403 }),
    });
    expect(failure?.code).toBe('TEAL_REFUSED');
    expect(failure?.message).toContain('execute-api:Invoke');
    expect(releases).toEqual([]);
  });
});
