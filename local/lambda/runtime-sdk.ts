import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Lambda's Node runtimes come with the AWS SDK: what a function does not bring along is taken from there, here from Teal's own packages. */
export function offerSdk(): void {
  const own = createRequire(import.meta.url);
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!/^@(aws-sdk|smithy)\//.test(specifier)) throw error;
        try {
          // A `require` looks from its module, whatever parent one gives it.
          return context.conditions.includes('require')
            ? { url: pathToFileURL(own.resolve(specifier)).href, shortCircuit: true }
            : next(specifier, { ...context, parentURL: import.meta.url });
        } catch {
          throw error;
        }
      }
    },
  });
}
