import fc from 'fast-check';
import { FAULTS } from './troubles.ts';

/** Several releases of overlapping targets, one after the other and at once, each with things that go wrong. */
export interface Walk {
  /** Of everything that is left to chance in the world: jitter, routing. */
  chance: number;
  releases: WalkRelease[];
}

export interface WalkRelease {
  /** Cloud seconds since the one before was asked for. */
  afterSeconds: number;
  functions: string[];
  code: 'good' | 'bad' | 'same';
  plan: string;
  isWatched: boolean;
  isSmokeTested: boolean;
  asks: (typeof WALK_ASKS)[number][];
  troubles: WalkTrouble[];
  acts: WalkAct[];
}

/** Strikes the first call or delivery after so many calls since the release was asked for. */
export interface WalkTrouble {
  afterCalls: number;
  name: string;
}

/** What a person does to a release or its first function, just before the first call after so many. */
export interface WalkAct {
  afterCalls: number;
  what: (typeof WALK_ACTS)[number];
}

/** Nobody has ever released these: they have no alias yet. */
export const NEW_FUNCTIONS = ['refunds', 'reviews'];
export const WALK_FUNCTIONS = ['orders-api', 'payments', 'search', 'profile', ...NEW_FUNCTIONS];
/** What some releases ask for besides. */
export const WALK_ASKS = [
  'an approval before traffic',
  'an approval before promote',
  'a preview',
  'hooks',
  'hooks that answer later',
  'a hook before traffic that fails',
  'hooks at the end that fail',
  'a warm green',
  'to wait',
  'to replace',
  'to start later',
  'to switch roles',
  'to override a freeze',
] as const;
export const WALK_ACTS = [
  'the alarm goes red',
  'promote',
  'advance',
  'abort',
  'approve',
  'decline',
  'pause',
  'roll back',
  'roll back after a contract',
  'roll back without Teal',
  'freeze',
  'put off by a freeze',
  'stop',
  'redrive',
  'move the alias',
  'delete the alias',
  'delete the alarm',
] as const;
const PLANS = ['10% 1m, 100% 1m', '50% 0m, 100% 1m', '10% 1m, 50% 1m, 100% 0m', '100% 2m', '100% 0m', '1% 3m'];
const MOST_RELEASES = 32;
const MOST_ASKS = 2;
/** About as many as a release makes. */
const MOST_CALLS = 120;

const release: fc.Arbitrary<WalkRelease> = fc.record({
  afterSeconds: fc.nat(360),
  functions: fc.subarray(WALK_FUNCTIONS, { minLength: 1, maxLength: 2 }),
  code: fc.constantFrom<WalkRelease['code']>('good', 'good', 'good', 'bad', 'same'),
  plan: fc.constantFrom(...PLANS),
  isWatched: fc.boolean(),
  isSmokeTested: fc.boolean(),
  asks: fc.subarray([...WALK_ASKS], { maxLength: MOST_ASKS }),
  troubles: fc.array(fc.record({ afterCalls: fc.nat(MOST_CALLS), name: fc.constantFrom(...FAULTS.map(({ name }) => name)) }), {
    maxLength: 5,
    size: 'max',
  }),
  acts: fc.array(fc.record({ afterCalls: fc.nat(MOST_CALLS), what: fc.constantFrom(...WALK_ACTS) }), { maxLength: 1, size: 'max' }),
});
export const walks: fc.Arbitrary<Walk> = fc.record({
  chance: fc.nat(),
  releases: fc.array(release, { minLength: 1, maxLength: MOST_RELEASES, size: 'max' }),
});

/** A walk as a story. */
export function formatWalk({ releases }: Walk): string {
  let second = 0;
  return releases
    .map(({ afterSeconds, functions, code, plan, isWatched, isSmokeTested, asks, troubles, acts }, index) => {
      second += afterSeconds;
      const with_ = [isWatched && 'watched', isSmokeTested && 'smoke-tested', ...asks].filter(Boolean).join(', ');
      return [
        `second ${second}: release ${index + 1} of ${functions.join(' and ')}, ${code} code, ${plan}${with_ ? `, ${with_}` : ''}`,
        ...troubles.map(({ afterCalls, name }) => `    ${afterCalls} calls later: ${name}`),
        ...acts.map((act) => `    ${act.afterCalls} calls later: ${act.what}`),
      ].join('\n');
    })
    .join('\n  ');
}
