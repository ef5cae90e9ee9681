import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { TEMPLATE_FILE } from '../local/cloudformation/folder.ts';
import { NoReply } from '../local/faults.ts';
import type { Statement } from '../local/iam/policy.ts';
import { openWorld, type World } from './world/open-world.ts';

// "No role has more than it needs": each statement of each role is taken away in turn, and then something is denied that
// one of these situations needs; with all of them nothing is.

interface Situation {
  name: string;
  /** Whose rights it shows first of all: the order in which situations are tried. */
  of: RegExp;
  play(world: World): Promise<void>;
}

const request = { targets: ['orders-api'], plan: '10% 1m, 100% 1m' };
const smokeTests = [{ target: 'orders-api', payload: {}, expect: { statusCode: 200 } }];
const ends = async (world: World, id: string, status: string) => expect(await world.untilOver(id)).toMatchObject({ status });

const SITUATIONS: Situation[] = [
  {
    name: 'a release is promoted',
    of: /./,
    async play(world) {
      await world.aFunction('orders-api');
      await world.anAlarm('orders-errors');
      await ends(world, await world.start({ ...request, smokeTests, alarms: ['orders-errors'] }), 'promoted');
    },
  },
  {
    name: 'an alarm reverts a release',
    of: /^(Brake|Revert)/,
    async play(world) {
      await world.aFunction('orders-api');
      await world.anAlarm('orders-errors');
      const id = await world.start({ ...request, alarms: ['orders-errors'] });
      await world.untilBaking(id);
      await world.setAlarm('orders-errors', 'ALARM');
      await ends(world, id, 'reverted');
    },
  },
  {
    name: 'a smoke test rejects a release',
    of: /^Reject/,
    async play(world) {
      await world.aFunction('orders-api', { next: 'bad' });
      await ends(world, await world.start({ ...request, smokeTests }), 'rejected');
    },
  },
  {
    name: 'a person asks, and aborts',
    of: /^Api/,
    async play(world) {
      await world.aFunction('orders-api');
      const id = await world.start(request);
      await world.untilBaking(id);
      expect(await world.call('POST', '/releases', request)).toMatchObject({ status: 409 });
      expect(await world.call('GET', '/releases')).toMatchObject({ status: 200 });
      expect(await world.call('GET', '/functions/orders-api/aliases/live')).toMatchObject({ status: 200 });
      expect(await world.command(id, 'abort')).toMatchObject({ status: 202 });
      await ends(world, id, 'reverted');
    },
  },
  {
    name: 'an execution is stopped',
    of: /^Heal/,
    async play(world) {
      await world.aFunction('orders-api');
      const id = await world.start(request);
      await world.untilBaking(id);
      await world.stop(id);
      await ends(world, id, 'reverted');
    },
  },
  {
    name: 'an execution is started by hand',
    of: /^Plan.*UpdateItem/,
    async play(world) {
      await world.aFunction('orders-api');
      await ends(world, await world.startByHand(request), 'promoted');
    },
  },
  {
    name: 'nothing has changed',
    of: /^PublishVersion.*(UpdateItem|PutEvents)/,
    async play(world) {
      await world.aFunction('orders-api', { next: 'blue' });
      await ends(world, await world.start(request), 'unchanged');
    },
  },
  {
    name: 'the API dies before it starts an execution',
    of: /^(Heal.*StartExecution|Tick.*DescribeExecution)/,
    async play(world) {
      await world.aFunction('orders-api');
      world.before('api', 'StartExecution', () => Promise.reject(new NoReply('killed')));
      await world.call('POST', '/releases', request);
      const id = await onlyRelease(world);
      await ends(world, id, 'promoted');
    },
  },
  {
    name: 'the API dies before it claims, and another release takes the target',
    of: /^Heal.*DeleteItem/,
    async play(world) {
      await world.aFunction('orders-api');
      world.before('api', 'UpdateItem', () => Promise.reject(new NoReply('killed')));
      await world.call('POST', '/releases', request);
      const left = await onlyRelease(world);
      const id = await world.start({ ...request, plan: '10% 5m, 100% 5m' });
      await ends(world, id, 'promoted');
      expect(await world.record(left)).toBeUndefined();
    },
  },
];

async function onlyRelease(world: World): Promise<string> {
  const { body } = await world.call<{ releases: { id: string }[] }>('GET', '/releases');
  return body.releases[0]!.id;
}

interface Template {
  Resources: Record<string, { Type: string; Properties: Properties }>;
}
interface Properties {
  AssumeRolePolicyDocument?: { Statement: Statement[] };
  Policies?: { PolicyDocument: { Statement: Statement[] } }[];
}

/** One right that the template gives, and how to take it away. */
interface Right {
  name: string;
  take(template: Template): void;
}

function rightsOf({ Resources }: Template): Right[] {
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]): Right[] => {
    if (Type === 'AWS::Lambda::Permission')
      return [{ name: `${id}: a service may invoke`, take: (template) => void delete template.Resources[id] }];
    if (Type !== 'AWS::IAM::Role') return [];
    const ofRole = (template: Template) => template.Resources[id]!.Properties;
    const trusted = Properties.AssumeRolePolicyDocument!.Statement.map(
      (_, at): Right => ({
        name: `${id}: trust`,
        // IAM takes no policy without a statement.
        take(template) {
          ofRole(template).AssumeRolePolicyDocument!.Statement[at]!.Effect = 'Deny';
        },
      }),
    );
    const allowed = Properties.Policies!.flatMap(({ PolicyDocument }, policy) =>
      PolicyDocument.Statement.map(
        (statement, at): Right => ({
          name: `${id}: ${[statement.Action].flat().join(', ')}`,
          take: (template) => void ofRole(template).Policies![policy]!.PolicyDocument.Statement.splice(at, 1),
        }),
      ),
    );
    return [...trusted, ...allowed];
  });
}

const template = () => JSON.parse(readFileSync(join(inject('templateFolder'), TEMPLATE_FILE), 'utf8')) as Template;

/** Plays the situations until one does not go as it should; says what was denied there, or how it went wrong. */
async function playAll(folder: string, right = ''): Promise<string | undefined> {
  // The last that shows this right is the narrowest.
  const inOrder = [...SITUATIONS.filter(({ of }) => of.test(right)).reverse(), ...SITUATIONS.filter(({ of }) => !of.test(right))];
  for (const { name, play } of inOrder) {
    const { promise: denied, resolve: onDenied } = Promise.withResolvers<string>();
    let world: World | undefined;
    const played = (async () => {
      world = await openWorld({ folder, onDenied: ({ message }) => onDenied(message) });
      await play(world);
    })();
    const said = await Promise.race([
      denied,
      played.then(
        () => undefined,
        (error: Error) => error.message,
      ),
    ]);
    await world?.close();
    if (said !== undefined) return `${name}: ${said}`;
  }
  return undefined;
}

describe('the roles of the template', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'teal-roles-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** The package, with its template changed. */
  function packageWith(change: (changed: Template) => void): string {
    const folder = mkdtempSync(join(root, 'package-'));
    for (const name of readdirSync(inject('templateFolder'))) {
      if (name.endsWith('.zip')) symlinkSync(join(inject('templateFolder'), name), join(folder, name));
    }
    const changed = template();
    change(changed);
    writeFileSync(join(folder, TEMPLATE_FILE), JSON.stringify(changed));
    return folder;
  }

  it('give all that is needed: nothing is denied in any situation', async () => {
    expect(await playAll(inject('templateFolder'))).toBeUndefined();
  });

  it.for(rightsOf(template()))('give nothing more: something is denied without $name', async ({ name, take }) => {
    expect(await playAll(packageWith(take), name)).toMatch(/not authorized to perform: [a-z-]+:\w+ on resource: /);
  });
});
