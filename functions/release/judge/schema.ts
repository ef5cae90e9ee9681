import * as v from 'valibot';
import { known, plainObject, targetName, text } from '../schema.ts';
import { JUDGE_DEFAULTS } from './request.ts';

/** The schema of what a release can say about the judge. */

const MAX_METRICS = 10;
const MAX_TIMEOUT_MS = 900_000;
/** CloudWatch takes 30 dimensions, and one of them is the version's. */
const MAX_DIMENSIONS = 29;

const wholeNumber = (what: string, least: number, most: number) =>
  v.pipe(
    v.number(`is ${what}`),
    v.integer('is a whole number'),
    v.minValue(least, `is at least ${least}`),
    v.maxValue(most, `is at most ${most}`),
  );

const percent = v.pipe(v.string('is a percentage such as "20%"'), v.regex(/^\d{1,4}(\.\d{1,2})?%$/, 'is a percentage such as "20%"'));
const name = (most: number) =>
  v.pipe(text(most), v.minLength(1, 'is not empty'), v.regex(/^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/, 'is plain text (ASCII), not blank'));

const metric = known({
  name: v.pipe(
    text(60),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/, 'is a short name of letters, digits, spaces and . _ -'),
    v.check((chosen) => !/^(errors|failed responses|latency)/i.test(chosen), 'is not one of the names that Teal gives its own metrics'),
  ),
  target: v.optional(targetName),
  namespace: v.pipe(name(255), v.regex(/^[^:]/, 'does not begin with a colon')),
  bad: name(255),
  total: v.optional(name(255)),
  dimensions: v.optional(
    v.pipe(
      plainObject('is an object of texts'),
      v.record(name(255), name(1024)),
      v.maxEntries(MAX_DIMENSIONS, `has at most ${MAX_DIMENSIONS} dimensions`),
    ),
    {},
  ),
  versionDimension: v.optional(name(255), 'ExecutedVersion'),
  tolerate: v.optional(percent, '0%'),
});

export const judgeSchema = v.optional(
  known(
    {
      errors: v.optional(v.boolean('is true or false'), JUDGE_DEFAULTS.errors),
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
        JUDGE_DEFAULTS.latency,
      ),
      metrics: v.optional(
        v.pipe(v.array(metric, 'is a list of metrics'), v.maxLength(MAX_METRICS, `has at most ${MAX_METRICS} metrics`)),
        [],
      ),
      tolerate: v.optional(
        known(
          { errors: v.optional(percent, JUDGE_DEFAULTS.tolerate.errors), latency: v.optional(percent, JUDGE_DEFAULTS.tolerate.latency) },
          'is an object such as { "errors": "20%" }',
        ),
        {},
      ),
      attempts: v.optional(wholeNumber('how many times a request may be tried', 1, 10), JUDGE_DEFAULTS.attempts),
      falseRevertRate: v.optional(
        v.pipe(
          v.number('is a probability such as 0.01'),
          v.minValue(0.000_001, 'is at least 0.000001'),
          v.maxValue(0.2, 'is at most 0.2: beyond that a verdict says nothing'),
        ),
        JUDGE_DEFAULTS.falseRevertRate,
      ),
      minRequests: v.optional(wholeNumber('a number of requests', 0, 1_000_000_000), JUDGE_DEFAULTS.minRequests),
      tooFewRequests: v.optional(
        v.picklist(['promote', 'wait', 'revert'], 'is "promote", "wait" or "revert"'),
        JUDGE_DEFAULTS.tooFewRequests,
      ),
    },
    'is an object; { "errors": false, "latency": false } judges nothing',
  ),
  {},
);
