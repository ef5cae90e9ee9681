import { createRequire } from 'node:module';
import aslValidator from 'asl-validator';

const require = createRequire(import.meta.url);
type AjvConstructor = new (options: object) => object;
/** The module that asl-validator loads. */
const ajv = createRequire(require.resolve('asl-validator'))('ajv') as { default: AjvConstructor };
const Ajv = ajv.default;
let compiled: object | undefined;

/**
 * What asl-validator finds wrong with a definition, in its own words; undefined when it is right. The definition may be
 * changed. It has its schemas compiled anew at every call, which takes a tenth of a second, though they never differ: here it
 * is given back those of its first call.
 */
export function schemaErrors(definition: object): string | undefined {
  ajv.default = function compiledOnce(options: object) {
    // It has these keywords, and would refuse them twice.
    if (compiled) return Object.create(compiled, { addKeyword: { value: () => compiled } });
    compiled = new Ajv(options);
    return compiled;
  } as unknown as AjvConstructor;
  try {
    const { isValid, errorsText } = aslValidator(definition);
    return isValid ? undefined : errorsText(', ');
  } finally {
    ajv.default = Ajv;
  }
}
