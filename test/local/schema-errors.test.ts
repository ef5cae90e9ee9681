import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { schemaErrors } from '../../local/step-functions/schema-errors.ts';

const DEFINITIONS = {
  right: { StartAt: 'One', States: { One: { Type: 'Pass', End: true } } },
  'without an end': { StartAt: 'One', States: { One: { Type: 'Pass' } } },
  'with a wrong path': { StartAt: 'One', States: { One: { Type: 'Pass', InputPath: '$.[', End: true } } },
  'with a wrong ARN': { StartAt: 'One', States: { One: { Type: 'Task', Resource: 'one', End: true } } },
};

describe('schemas that are compiled once', () => {
  it.each(Object.entries(DEFINITIONS))('say of every definition what asl-validator says: one that is %s', (_, definition) => {
    const { isValid, errorsText } = aslValidator(structuredClone(definition));
    const said = isValid ? undefined : errorsText(', ');
    expect(schemaErrors(structuredClone(definition))).toBe(said);
    expect(schemaErrors(structuredClone(DEFINITIONS.right))).toBeUndefined();
    expect(schemaErrors(structuredClone(definition))).toBe(said);
  });
});
