import type { CallFault, DeliveryFault } from '../../local/faults.ts';
import { setFreezeWindows } from '../world/freeze-windows.ts';
import { openWorld, type World } from '../world/open-world.ts';
import { ask, brokenPromises, createClient } from './guarantees.ts';
import { callBackLater } from './hooks.ts';
import { createMonitor, functionOf, type Monitor } from './monitor.ts';
import { FAULTS, isOfTeal, later, type Trouble, unlessGone } from './troubles.ts';
import { NEW_FUNCTIONS, WALK_FUNCTIONS, type Walk, type WalkAct, type WalkRelease } from './walk.ts';

/** Whatever goes wrong together: Revert tries for four hours, and the sweep goes on after it. */
const LIMIT_MINUTES = 6 * 60;
const AFTERMATH_MINUTES = 4;
/** How long what a person did lasts: then they put it back. */
const REPAIR_MINUTES = 8;
const PAUSE_SECONDS = 120;

export interface Walked {
  broken: string[];
  /** How each release that the API took ended. */
  ends: string[];
  troubles: number;
}

/** Plays a walk in a world of its own, and checks every guarantee on the way and at the end. */
export async function playWalk(folder: string, walk: Walk): Promise<Walked> {
  const monitor = createMonitor();
  const armed = createArmed();
  const world = await openWorld({
    folder,
    seed: walk.chance,
    faults: {
      async onCall(call) {
        if (!isOfTeal(call)) return undefined;
        const fault = armed.strike('call') as CallFault | undefined;
        for (const act of armed.dueActs()) await act();
        return fault;
      },
      onDelivery: () => armed.strike('delivery') as DeliveryFault | undefined,
      async onAnswer(call, request, answer) {
        monitor.onAnswer(call, request, answer);
        if (/^(Update|Create)Alias$/.test(call.operation)) await ask(world, monitor, functionOf(request.path));
      },
    },
  });
  try {
    for (const name of WALK_FUNCTIONS) {
      await (NEW_FUNCTIONS.includes(name) ? world.aBareFunction(name) : world.aFunction(name, { next: 'blue' }));
      await world.anAlarm(alarmOf(name));
    }
    await makeHooks(world);
    const client = createClient(world, monitor, WALK_FUNCTIONS);
    for (const [index, release] of walk.releases.entries()) {
      await world.minutes(release.afterSeconds / 60);
      await begin(world, release, index, () => armed.arm(release, (what) => perform(world, monitor, release, what)));
    }
    const isOver = () => [...monitor.records.values()].every((record) => record.endedAt !== undefined);
    if (walk.releases.some(({ acts }) => acts.length > 0)) await world.minutes(REPAIR_MINUTES);
    await world.aws.ground.clock.advanceUntil(isOver, LIMIT_MINUTES * 60_000).catch((error: Error) => {
      const open = [...monitor.records.values()].filter((record) => !record.endedAt).map(({ id, status }) => `${id} (${status})`);
      monitor.say(`G7: ${open.join(', ')} without an end: ${error.message}`);
    });
    await world.minutes(AFTERMATH_MINUTES);
    armed.disarm();
    await client.stop();
    await checkEnd(world, monitor);
    return { broken: monitor.broken, ends: [...monitor.records.values()].map(({ status }) => status), troubles: armed.struck() };
  } finally {
    await world.close();
  }
}

/** Troubles and acts that wait for their call. */
function createArmed() {
  let calls = 0;
  let struck = 0;
  let waiting: { dueCall: number; trouble: Trouble; timesLeft: number }[] = [];
  let acts: { dueCall: number; perform: () => Promise<void> }[] = [];
  return {
    arm({ troubles, acts: some }: WalkRelease, perform: (what: WalkAct['what']) => Promise<void>) {
      for (const { afterCalls, what } of some) acts.push({ dueCall: calls + afterCalls, perform: () => perform(what) });
      for (const { afterCalls, name } of troubles) {
        const trouble = FAULTS.find((one) => one.name === name)!;
        waiting.push({ dueCall: calls + afterCalls, trouble, timesLeft: trouble.times ?? 1 });
      }
    },
    /** The fault of the call or delivery that is made now. */
    strike(at: Trouble['at']) {
      if (at === 'call') calls++;
      const due = waiting.find((one) => one.trouble.at === at && one.dueCall < calls);
      if (!due) return undefined;
      struck++;
      if (--due.timesLeft === 0) waiting = waiting.filter((one) => one !== due);
      return due.trouble.fault;
    },
    /** What people do just before the call that is made now. */
    dueActs() {
      const due = acts.filter((act) => act.dueCall < calls);
      acts = acts.filter((act) => !due.includes(act));
      struck += due.length;
      return due.map(({ perform }) => perform);
    },
    struck: () => struck,
    disarm() {
      waiting = [];
      acts = [];
    },
  };
}

const alarmOf = (name: string) => `${name}-errors`;

/** Functions that are called as hooks: each is named after what its code does. */
async function makeHooks(world: World): Promise<void> {
  world.behaviours.later = (event) => callBackLater(world, event as { token: string });
  world.behaviours.failing = () => ({ status: 'failed', reason: 'the table is locked' });
  for (const behaviour of ['good', 'later', 'failing']) {
    await world.aBareFunction(behaviour);
    await world.deployCode(behaviour, behaviour);
  }
}

const everyMoment = (hook: unknown) => ({ hooks: { beforeTraffic: hook, afterTraffic: hook, afterRevert: hook } });
/** What a request says for each thing that it may ask for besides. */
const SAID: Record<WalkRelease['asks'][number], (nowMs: number) => Record<string, unknown>> = {
  'an approval before traffic': () => ({ approval: { before: 'traffic', timeout: '2m', onTimeout: 'approve' } }),
  'an approval before promote': () => ({ approval: { before: 'promote', timeout: '2m', onTimeout: 'decline' } }),
  'a preview': () => ({ preview: 'next' }),
  hooks: () => everyMoment('good'),
  'hooks that answer later': () => everyMoment({ function: 'later', timeout: '2m' }),
  'a hook before traffic that fails': () => ({ hooks: { beforeTraffic: 'failing' } }),
  'hooks at the end that fail': () => ({ hooks: { afterTraffic: 'failing', afterRevert: 'failing' } }),
  'a warm green': () => ({ warm: 2 }),
  'to wait': () => ({ ifBusy: 'wait' }),
  'to replace': () => ({ ifBusy: 'replace' }),
  'to start later': (nowMs) => ({ startAt: new Date(nowMs + 2 * 60_000).toISOString() }),
  // Whoever is switched must be watched at 100 %.
  'to switch roles': () => ({ onRoleChange: 'switch', plan: '10% 1m, 100% 1m' }),
  'to override a freeze': () => ({ overrideFreeze: 'the shop is down' }),
};

/** Deploys and asks for the release, as a pipeline does: once, with tries again when the API does not answer. */
async function begin(world: World, release: WalkRelease, index: number, arm: () => void): Promise<void> {
  const { functions, code, plan, isWatched, isSmokeTested, asks } = release;
  for (const name of functions) {
    if (code !== 'same') await world.deployCode(name, `${code} ${index}`);
    if (asks.includes('to switch roles')) await world.changeRole(name, `arn:aws:iam::123456789012:role/of-release-${index}`);
  }
  arm();
  const nowMs = world.aws.ground.clock.nowMs();
  const request: Record<string, unknown> = {
    targets: functions,
    plan,
    alarms: isWatched ? functions.map(alarmOf) : [],
    smokeTests: isSmokeTested ? functions.map((target) => ({ target, payload: {}, expect: { statusCode: 200 } })) : [],
    unwatched: true,
    again: true,
    // Of a release that was not promoted the role stays in $LATEST.
    onRoleChange: 'switch',
    ...Object.assign({}, ...asks.map((ask) => SAID[ask](nowMs))),
  };
  for (let tries = 0; tries < 3; tries++) {
    const { status, body } = await world.meanwhile(world.call('POST', '/releases', request, { 'idempotency-key': `release-${index}` }));
    if (status === 202 || status === 409) return;
    if (status < 500) throw new Error(`POST /releases answered ${status}: ${JSON.stringify(body)}`);
  }
}

async function perform(world: World, monitor: Monitor, { functions }: WalkRelease, what: WalkAct['what']): Promise<void> {
  const name = functions[0]!;
  const newest = [...monitor.records.values()].filter(({ targets }) => targets.some((target) => target.function === name)).at(-1);
  const id = newest?.id;
  const before = monitor.aliases.get(`${name}:live`)?.version;
  const command = (what: Parameters<World['command']>[1]) => () => (id === undefined ? undefined : world.command(id, what));
  const rollBack = (more = {}) => world.call('POST', '/rollbacks', { targets: [name], reason: 'checkout is broken', ...more });
  const acts: Record<WalkAct['what'], () => Promise<unknown> | undefined> = {
    'the alarm goes red': async () => {
      await world.setAlarm(alarmOf(name), 'ALARM');
      later(world, 120, () => world.setAlarm(alarmOf(name), 'OK').catch(() => {}));
    },
    promote: command('promote'),
    advance: command('advance'),
    abort: command('abort'),
    approve: command('approve'),
    decline: command('decline'),
    pause: async () => {
      if (id === undefined) return;
      await world.command(id, 'pause');
      resumeLater(world, id);
    },
    'roll back': () => rollBack(),
    'roll back after a contract': () => rollBack({ evenAfterContract: true }),
    'roll back without Teal': async () => {
      const version = versionBefore(monitor, name, before);
      if (before && version) await world.rollBackDirectly(name, before, version, new Date(world.aws.ground.clock.nowMs()).toISOString());
    },
    freeze: () => freeze(world, monitor, 'reject'),
    'put off by a freeze': () => freeze(world, monitor, 'delay'),
    stop: () => (id === undefined ? undefined : world.stop(id)),
    redrive: () => (id === undefined ? undefined : world.redrive(id)),
    'move the alias': async () => {
      await world.moveAlias(name, '$LATEST');
      if (before && before !== '$LATEST') later(world, REPAIR_MINUTES * 60, () => world.moveAlias(name, before).catch(() => {}));
    },
    'delete the alias': async () => {
      await world.deleteAlias(name);
      if (before) later(world, REPAIR_MINUTES * 60, () => world.createAlias(name, before).catch(() => {}));
    },
    'delete the alarm': async () => {
      await world.deleteAlarm(alarmOf(name));
      later(world, REPAIR_MINUTES * 60, () => world.anAlarm(alarmOf(name)));
    },
  };
  await unlessGone(Promise.resolve(acts[what]()));
}

/** A pause has no end of its own: whoever paused it tries until Teal takes it. */
function resumeLater(world: World, id: string): void {
  later(world, PAUSE_SECONDS, async () => {
    const { status } = await world.command(id, 'resume');
    if (status >= 500) resumeLater(world, id);
  });
}

/** What served before the release that put a version in service. */
function versionBefore(monitor: Monitor, name: string, serving: string | undefined): string | undefined {
  const promoted = [...monitor.records.values()].filter(({ status }) => status === 'promoted');
  return promoted.flatMap(({ targets }) => targets.filter((one) => one.function === name && one.green === serving)).at(-1)?.blue;
}

/** From this minute on, for a while; then it is taken off the stack. */
async function freeze(world: World, monitor: Monitor, act: 'reject' | 'delay'): Promise<void> {
  const nowMs = world.aws.ground.clock.nowMs();
  const at = new Date(nowMs);
  const minutes = REPAIR_MINUTES / 2;
  const start = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  monitor.frozen(undefined);
  await setFreezeWindows(world, { start, duration: `${minutes}m`, reason: 'stock exchange', act });
  monitor.frozen({ fromMs: nowMs, untilMs: at.setUTCSeconds(0, 0) + minutes * 60_000 });
  later(world, REPAIR_MINUTES * 60, async () => {
    monitor.frozen(undefined);
    await setFreezeWindows(world);
  });
}

async function checkEnd(world: World, monitor: Monitor): Promise<void> {
  const items = await world.items();
  for (const record of monitor.records.values()) {
    for (const text of await brokenPromises(world, record.id, items)) monitor.say(text);
  }
  for (const [key, { version, weights, isPersons }] of monitor.aliases) {
    if (!isPersons && Object.keys(weights).length > 0)
      monitor.say(`G1: ${key} is left on version ${version} with ${JSON.stringify(weights)}`);
  }
}
