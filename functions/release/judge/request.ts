import * as v from 'valibot';
import { known, targetName, text } from '../schema.ts';

/** What a release can say about the judge. */

const MAX_METRICS = 10;
const MAX_TIMEOUT_MS = 900_000;
/** CloudWatch takes 30 dimensions, and one of them is the version's. */
const MAX_DIMENSIONS = 29;

const percent = v.pipe(v.string('is a percentage such as "20%"'), v.regex(/^\d{1,4}(\.\d{1,2})?%$/, 'is a percentage such as "20%"'));
const name = (most: number) =>
  v.pipe(text(most), v.minLength(1, 'is not empty'), v.regex(/^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/, 'is plain text (ASCII), not blank'));

const metric = known({
  name: v.pipe(text(60), v.regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/, 'is a short name of letters, digits, spaces and . _ -')),
  target: v.optional(targetName),
  namespace: name(255),
  bad: name(255),
  total: v.optional(name(255)),
  dimensions: v.optional(
    v.pipe(
      v.record(name(255), name(1024), 'is an object of texts'),
      v.maxEntries(MAX_DIMENSIONS, `has at most ${MAX_DIMENSIONS} dimensions`),
    ),
    {},
  ),
  versionDimension: v.optional(name(255), 'ExecutedVersion'),
  tolerate: v.optional(percent, '0%'),
});

export const judgeSchema = v.optional(
  known({
    errors: v.optional(v.boolean('is true or false'), true),
    latency: v.optional(
      v.union(
        [
          v.literal('auto'),
          v.literal(false),
          known({
            slowerThanMs: v.pipe(
              v.number('is a number of milliseconds'),
              v.minValue(1, 'is at least 1 ms'),
              v.maxValue(MAX_TIMEOUT_MS, `is at most ${MAX_TIMEOUT_MS} ms: no function runs longer`),
            ),
          }),
        ],
        'is "auto", { "slowerThanMs": 800 } or false',
      ),
      'auto',
    ),
    metrics: v.optional(
      v.pipe(v.array(metric, 'is a list of metrics'), v.maxLength(MAX_METRICS, `has at most ${MAX_METRICS} metrics`)),
      [],
    ),
    tolerate: v.optional(known({ errors: v.optional(percent, '0%'), latency: v.optional(percent, '50%') }), {}),
    attempts: v.optional(
      v.pipe(
        v.number('is how many times a request may be tried'),
        v.integer('is a whole number'),
        v.minValue(1, 'is at least 1'),
        v.maxValue(10, 'is at most 10'),
      ),
      1,
    ),
    falseRevertRate: v.optional(
      v.pipe(
        v.number('is a probability such as 0.01'),
        v.minValue(0.000_001, 'is at least 0.000001'),
        v.maxValue(0.2, 'is at most 0.2: beyond that a verdict says nothing'),
      ),
      0.01,
    ),
    minRequests: v.optional(
      v.pipe(
        v.number('is a number of requests'),
        v.integer('is a whole number'),
        v.minValue(0, 'is 0 or more'),
        v.maxValue(1e9, 'is at most 1e9'),
      ),
      100,
    ),
    tooFewRequests: v.optional(v.picklist(['promote', 'wait', 'revert'], 'is "promote", "wait" or "revert"'), 'promote'),
  }),
  {},
);

/** A pair of CloudWatch metrics of the user's: bad and total, or one that is 0 or 1 for every request. */
export interface MetricRequest {
  name: string;
  target?: string;
  namespace: string;
  bad: string;
  total?: string;
  dimensions: Record<string, string>;
  versionDimension: string;
  tolerate: string;
}

/** With everything said. */
export interface JudgeRequest {
  errors: boolean;
  latency: 'auto' | { slowerThanMs: number } | false;
  metrics: MetricRequest[];
  tolerate: { errors: string; latency: string };
  attempts: number;
  falseRevertRate: number;
  minRequests: number;
  tooFewRequests: 'promote' | 'wait' | 'revert';
}

export const NOT_JUDGED: JudgeRequest = {
  errors: false,
  latency: false,
  metrics: [],
  tolerate: { errors: '0%', latency: '50%' },
  attempts: 1,
  falseRevertRate: 0.01,
  minRequests: 100,
  tooFewRequests: 'promote',
};

/** Whether it judges anything of any target. */
export const judgesAnything = ({ errors, latency, metrics }: JudgeRequest): boolean => errors || latency !== false || metrics.length > 0;

/** "20%" tolerates 1.2 times the odds. */
export const toleratedOdds = (tolerate: string): number => 1 + Number.parseFloat(tolerate) / 100;
