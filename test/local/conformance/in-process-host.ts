import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { unzipSync } from 'fflate';
import { failure } from '../../../local/lambda/handler-failure.ts';
import type { FunctionHost, HostedVersion, RuntimeAnswer, RuntimeCall } from '../../../local/lambda/host.ts';

type Handler = (event: unknown, context: object) => unknown;
type ClientClass = new (config: object) => object;

export interface InProcessHostOptions {
  /** Cloud time. */
  nowMs(): number;
  /** The configuration of SDK clients that this version makes. */
  clientConfigFor(version: HostedVersion): object;
}

const require = createRequire(import.meta.url);

/**
 * Runs the CommonJS code of functions in this process, in cloud time: their `Date` is the clock's, and the SDK clients
 * that they make are clients of the local AWS. For functions that only compute and call AWS: none is ever timed out.
 */
export function createInProcessHost({ nowMs, clientConfigFor }: InProcessHostOptions): FunctionHost {
  const CloudDate = new Proxy(Date, {
    construct: (RealDate, given) => new RealDate(...((given.length ? given : [nowMs()]) as [number])),
    get: (RealDate, key) => (key === 'now' ? nowMs : Reflect.get(RealDate, key)),
  });

  const requireFor = (version: HostedVersion) => (name: string) =>
    Object.fromEntries(
      Object.entries(require(name) as Record<string, unknown>).map(([exported, value]) => [
        exported,
        exported.endsWith('Client') ? clientOf(value as ClientClass, clientConfigFor(version)) : value,
      ]),
    );

  const load = (version: HostedVersion): Handler => {
    const { zip, handler, environment } = version;
    const [file, name] = handler.split('.') as [string, string];
    const code = Buffer.from(unzipSync(zip)[`${file}.js`]!).toString();
    const module = { exports: {} as Record<string, Handler> };
    compileFunction(code, ['exports', 'module', 'require', 'process', 'Date'])(
      module.exports,
      module,
      requireFor(version),
      { env: environment },
      CloudDate,
    );
    return module.exports[name]!;
  };

  return {
    open(version) {
      const handler = load(version);
      return { invoke: (call) => run(handler, version, call), async close() {} };
    },
  };
}

function clientOf(Client: ClientClass, config: object): ClientClass {
  return class extends Client {
    constructor(given: object) {
      super({ ...config, ...given });
    }
  };
}

async function run(
  handler: Handler,
  version: HostedVersion,
  { payload, requestId, invokedFunctionArn }: RuntimeCall,
): Promise<RuntimeAnswer> {
  const context = { functionName: version.functionName, functionVersion: version.version, awsRequestId: requestId, invokedFunctionArn };
  try {
    const result = await handler(JSON.parse(Buffer.from(payload).toString()), context);
    return { payload: Buffer.from(JSON.stringify(result ?? null)), logTail: '' };
  } catch (error) {
    return { payload: Buffer.from(failure(error).payload), functionError: 'Unhandled', logTail: '' };
  }
}
