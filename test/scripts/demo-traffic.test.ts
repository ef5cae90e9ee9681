import { describe, expect, it } from 'vitest';
import { failureOf } from '../../scripts/demo/traffic.ts';

describe('what a user of the demo calls a failure', () => {
  it.each([
    ['an answer of 500', '{"statusCode":500,"message":"cannot add up an empty cart"}', false, 'cannot add up an empty cart'],
    ['an error that was thrown', '{"errorMessage":"boom","errorType":"Error"}', true, 'boom'],
    ['an answer without a status', '{"total":10}', false, '{"total":10}'],
    ['no answer', '', false, 'nothing'],
    ['an answer that is no object', 'null', false, 'null'],
  ])('is %s', (_, payload, hasThrown, failure) => {
    expect(failureOf(payload, hasThrown)).toBe(failure);
  });

  it('is no answer of 200, and none that is the user’s own fault', () => {
    expect(failureOf('{"statusCode":200,"total":10}', false)).toBeUndefined();
    expect(failureOf('{"statusCode":404,"message":"no such cart"}', false)).toBeUndefined();
  });
});
