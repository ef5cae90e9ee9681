import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CallbackHandlerDeprecated, HandlerNotFound, importFailure, MalformedHandlerName } from './handler-failure.ts';

type Handler = (event: unknown, context: object) => unknown;

const EXTENSIONS = ['', '.js', '.mjs', '.cjs'];

/** The function that `handler` (`functions/plan.handler`) names beneath `taskRoot`; a CommonJS or an ES module, as its package says. */
export async function loadHandler(taskRoot: string, handler: string): Promise<Handler> {
  if (handler.includes('..')) {
    throw new MalformedHandlerName(
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const match = /^([^.]*)\.(.*)$/.exec(basename(handler));
  if (!match) throw new MalformedHandlerName('Bad handler');
  const [, moduleName, exportName] = match;
  const module = await importModule(join(taskRoot, dirname(handler), moduleName!));
  const found = findExport(module, exportName!) ?? findExport(module.default, exportName!);
  if (found === undefined) throw new HandlerNotFound(`${handler} is undefined or not exported`);
  if (typeof found !== 'function') throw new HandlerNotFound(`${handler} is not a function`);
  if (found.length >= 3) throw new CallbackHandlerDeprecated();
  return found as Handler;
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  try {
    const extension = EXTENSIONS.find((candidate) => statSync(path + candidate, { throwIfNoEntry: false })?.isFile());
    if (extension === undefined) {
      throw Object.assign(new Error(`Cannot find module '${basename(path)}'\nRequire stack:\n- /var/runtime/index.mjs`), {
        code: 'MODULE_NOT_FOUND',
      });
    }
    return await import(pathToFileURL(path + extension).href);
  } catch (error) {
    throw importFailure(error);
  }
}

function findExport(module: unknown, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>(
      (nested, key) => (nested && typeof nested === 'object' ? (nested as Record<string, unknown>)[key] : undefined),
      module,
    );
}
