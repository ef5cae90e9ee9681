import { isBuiltin, registerHooks } from 'node:module';

// vitest tells its main process of every import outside node_modules; dynalite requires `stream` anew for every query.
registerHooks({
  resolve(specifier, context, next) {
    if (!isBuiltin(specifier)) return next(specifier, context);
    return { url: specifier.startsWith('node:') ? specifier : `node:${specifier}`, format: 'builtin', shortCircuit: true };
  },
});
