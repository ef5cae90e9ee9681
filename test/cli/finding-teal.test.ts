import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';
import { API, runInWorld } from './run-in-world.ts';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

describe('the teal command finds Teal', () => {
  it('by --api before TEAL_API before the output of its stack', async () => {
    const world = await createWorldWith('orders');
    const urls: string[] = [];
    const run = (args: string[], env: Record<string, string>) =>
      runInWorld(world, ['list', ...args], {
        env,
        aws: { readStack: async (stack) => ({ status: 'CREATE_COMPLETE', outputs: { ApiUrl: `https://${stack}-apiurl.example.com` } }) },
        connection: (_, send) => send(),
        onUrl: (url) => urls.push(new URL(url).host),
      });
    await run(['--api', 'https://one.example.com/'], { TEAL_API: 'https://two.example.com' });
    await run([], { TEAL_API: 'https://two.example.com' });
    await run([], {});
    await run(['--teal-stack', 'release-tool'], {});
    expect(urls).toEqual(['one.example.com', 'two.example.com', 'teal-prod-apiurl.example.com', 'release-tool-apiurl.example.com']);
  });

  it('in the account, by the output of its stack', async () => {
    const world = await createWorldWith('orders');
    const { exitCode, output } = await runInWorld(world, ['list', '--teal-stack', 'teal', '--region', 'eu-west-1'], { env: {} });
    expect([exitCode, output]).toEqual([0, 'No release.\n']);
  });

  it.each([
    [
      'a stack that is not there',
      ['--region', 'eu-west-1', '--teal-stack', 'teel'],
      {},
      /no stack teel in eu-west-1.*--teal-stack, --region \(AWS_REGION\)/s,
    ],
    [
      'a stack that is not Teal’s',
      [],
      { readStack: async () => ({ status: 'CREATE_COMPLETE', outputs: {} }) },
      /has no output ApiUrl, so it is not Teal's/,
    ],
    [
      'no right to read the stack',
      [],
      { readStack: async () => Promise.reject(named('AccessDenied', 'User: ada is not authorized')) },
      /may not read stack teal-prod.*TEAL_API/s,
    ],
    [
      'a stack that cannot be read',
      [],
      { readStack: async () => Promise.reject(named('InvalidClientTokenId', 'The security token included in the request is invalid.')) },
      /teal-prod in eu-west-1 cannot be read \(InvalidClientTokenId: .*--profile/s,
    ],
    [
      'expired credentials',
      [],
      { readStack: async () => Promise.reject(named('ExpiredToken', 'The security token included in the request is expired')) },
      /credentials have expired.*aws sso login/s,
    ],
    [
      'no credentials',
      [],
      { readStack: async () => Promise.reject(named('CredentialsProviderError', 'Could not load credentials from any providers')) },
      /no AWS credentials.*AWS_PROFILE/s,
    ],
    ['no region', [], { region: async () => Promise.reject(new Error('Region is missing')) }, /--region eu-west-1, or set AWS_REGION/],
  ])('and says what to do about %s', async (_, args, aws, message) => {
    const world = await createWorldWith();
    const { exitCode, said, output } = await runInWorld(world, ['list', ...args], { env: {}, aws });
    expect([exitCode, output]).toEqual([69, '']);
    expect(said).toMatch(message);
  });

  it('and says soon that nobody answers', async () => {
    const world = await createWorldWith();
    const connection = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND teal') }));
    const before = world.aws.ground.clock.nowMs();
    const { exitCode, said } = await runInWorld(world, ['list'], { connection });
    expect(exitCode).toBe(69);
    expect(said).toMatch(/does not answer \(fetch failed: getaddrinfo ENOTFOUND teal\)\. Check the network, and the address: --api/);
    expect(world.aws.ground.clock.nowMs() - before).toBeLessThan(15_000);
  });

  it.each([
    ['Forbidden', /execute-api:Invoke/],
    ['The security token included in the request is expired', /credentials have expired.*aws sso login/],
    ["Credential should be scoped to a valid region, not 'us-east-1'", /another region than the API's: say --region/],
  ])('and says what to do when it answers 403: %s', async (message, said) => {
    const world = await createWorldWith();
    const run = await runInWorld(world, ['list'], { connection: async () => Response.json({ message }, { status: 403 }) });
    expect(run.exitCode).toBe(69);
    expect(run.said).toMatch(said);
  });

  it.each([
    ['has no such call', async () => Response.json({ message: 'Not Found' }, { status: 404 })],
    ['is a page', async () => new Response('<html>Welcome</html>')],
  ])('and says so when what answers %s', async (_, connection) => {
    const world = await createWorldWith();
    for (const args of [['list'], ['status', 'orders']]) {
      const { exitCode, said, output } = await runInWorld(world, args, { connection });
      expect([exitCode, output]).toEqual([69, '']);
      expect(said).toMatch(/^GET \/.* was answered with .* not Teal's API, or that of a Teal too old.*--api, TEAL_API/);
      expect(said).not.toContain('trying again');
    }
  });

  it('in the region that its address names, wherever the person works', async () => {
    const world = await createWorldWith();
    const headers: string[] = [];
    await runInWorld(world, ['list', '--region', 'us-east-1'], { onHeaders: (sent) => headers.push(sent.authorization!) });
    expect(API).toContain('eu-west-1');
    expect(headers[0]).toContain('/eu-west-1/execute-api/aws4_request');
  });

  it('only at an address', async () => {
    const world = await createWorldWith();
    const { exitCode, said } = await runInWorld(world, ['list', '--api', 'teal-prod']);
    expect(exitCode).toBe(64);
    expect(said).toContain('"teal-prod" is no address of an API');
  });
});
