import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { addAliasResource, nameFunctions, pointAtAlias } from './alias-resources.ts';
import { codeSha256Of } from './artifact.ts';
import { describeBareCalls, mendTemplate } from './calls.ts';
import { orderCutOver } from './cut-over.ts';
import { DeployFailed } from './deploy-failed.ts';
import { credentialsOf, findUnfitFramework, type Options, type Provider, type Serverless, type Writers } from './framework.ts';
import { findWrongRequest } from './request.ts';
import { CUSTOM_SCHEMA, FUNCTION_SCHEMA, findUnfit, type Released, readSettings, type Settings } from './settings.ts';

/** The Serverless plugin: `plugins: [teal]`. The stack owns that the alias exists; Teal owns where it points. */
export default class TealPlugin {
  readonly commands = {
    deploy: {
      options: {
        release: { type: 'boolean', usage: 'Have Teal release what this deploy changed, as without it; --no-release only deploys' },
        detach: { type: 'boolean', usage: 'Start the release by Teal and do not wait for its end' },
        'new-urls': { type: 'boolean', usage: 'Let function URLs move to the alias that Teal releases by, which gives them new addresses' },
        again: { type: 'boolean', usage: 'Release code that an earlier release by Teal reverted' },
      },
    },
  };
  readonly hooks: Record<string, () => unknown>;
  readonly #serverless: Serverless;
  readonly #options: Options;
  readonly #log: Writers['log'];
  readonly #snapStarted = new Set<string>();
  /** By function's key: hashed while the files are there. */
  #codeSha256 = new Map<string, string | undefined>();

  constructor(serverless: Serverless, options: Options, { log }: Writers) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    const provider = serverless.service.provider.name === 'aws' ? serverless.getProvider('aws') : undefined;
    const unfit = findUnfitFramework(serverless, provider);
    if (unfit) throw new serverless.classes.Error(unfit, 'TEAL_FRAMEWORK_UNKNOWN');
    serverless.configSchemaHandler!.defineCustomProperties(CUSTOM_SCHEMA);
    serverless.configSchemaHandler!.defineFunctionProperties('aws', FUNCTION_SCHEMA);
    this.hooks = {
      'before:package:cleanup': () => this.#check(),
      'before:package:compileFunctions': () => this.#pointAtAliases(),
      'after:package:compileFunctions': () => this.#addAliasResources(),
      'before:aws:package:finalize:mergeCustomProviderResources': () => this.#mend(),
      'before:aws:package:finalize:saveServiceState': () => this.#tellBareCalls(),
      'before:aws:deploy:deploy:createStack': () => this.#requireTeal(),
      'after:aws:deploy:deploy:checkForChanges': () => this.#keepUrls(),
      'after:aws:deploy:deploy:uploadArtifacts': () => this.#hashUploads(),
      // When everything else of the deploy is done: a release that is reverted fails the deploy.
      'after:deploy:finalize': () => this.#release(),
      'after:deploy:function:deploy': () =>
        this.#warnUnreleased('deploy function puts code into $LATEST and moves no alias. To release it, run serverless deploy'),
      'after:rollback:rollback': () =>
        this.#warnUnreleased(
          "rollback puts an older stack back and moves no alias. To put users on the version before, use POST /rollbacks of Teal's API",
        ),
    };
  }

  get #provider(): Provider {
    return this.#serverless.getProvider('aws');
  }

  get #template() {
    return this.#serverless.service.provider.compiledCloudFormationTemplate;
  }

  #read(): { settings: Settings; wrong: string[] } {
    const { service, serviceDir = '.' } = this.#serverless;
    const readFile = (path: string) => {
      const file = isAbsolute(path) ? path : join(serviceDir, path);
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    };
    return readSettings(
      service.custom?.teal,
      service.getAllFunctions().map((key) => [key, service.getFunction(key)]),
      readFile,
    );
  }

  /** Before anything is bundled: everything that is wrong is told at once. */
  #check(): void {
    const { settings, wrong } = this.#read();
    const unfit = settings.released.flatMap(({ key }) => findUnfit(key, this.#serverless.service.getFunction(key)));
    const all = [...wrong, ...unfit, ...(settings.released.length > 0 ? findWrongRequest(settings) : [])];
    if (all.length > 0)
      throw new this.#serverless.classes.Error(
        `Teal cannot release this service as it is configured:\n${all.map((one) => `  ${one}`).join('\n')}`,
        'TEAL_CONFIGURATION_INVALID',
      );
  }

  #named() {
    return nameFunctions(this.#read().settings, this.#provider);
  }

  #pointAtAliases(): void {
    for (const named of this.#named()) {
      const object = this.#serverless.service.getFunction(named.key);
      if (object.snapStart) this.#snapStarted.add(named.key);
      pointAtAlias(object, named);
    }
  }

  #addAliasResources(): void {
    const { stack } = this.#read().settings;
    for (const named of this.#named()) addAliasResource(this.#template, named, stack, this.#snapStarted.has(named.key));
  }

  #mend(): void {
    const named = this.#named();
    mendTemplate(this.#template, named);
    orderCutOver(this.#template, named);
  }

  #tellBareCalls(): void {
    for (const text of describeBareCalls(this.#template, this.#named())) this.#log.warning(`teal: ${text}`);
  }

  async #requireTeal(): Promise<void> {
    const { settings } = this.#read();
    if (settings.released.length === 0) return;
    const [{ connectAws }, { requireTeal }] = await Promise.all([import('./aws.ts'), import('./find-teal.ts')]);
    const client = await this.#clientConfig();
    await requireTeal(settings.stack, { aws: connectAws(client), region: client.region }).catch((error) => this.#fail(error));
  }

  async #keepUrls(): Promise<void> {
    const { settings } = this.#read();
    const withUrl = settings.released.filter(({ key }) => this.#serverless.service.getFunction(key).url);
    if (withUrl.length === 0 || this.#options['new-urls']) return;
    const [{ connectAws }, { describeMovingUrls, findMovingUrls }] = await Promise.all([import('./aws.ts'), import('./function-urls.ts')]);
    const moving = await findMovingUrls(settings, withUrl, connectAws(await this.#clientConfig()));
    if (moving.length > 0) throw new this.#serverless.classes.Error(describeMovingUrls(moving), 'TEAL_URL_WOULD_MOVE');
  }

  async #hashUploads(): Promise<void> {
    for (const { key } of this.#read().settings.released)
      this.#codeSha256.set(key, await codeSha256Of(this.#serverless, this.#provider, this.#options, key));
  }

  async #release(): Promise<void> {
    const { settings: said } = this.#read();
    // What a shell says goes before what the service says: a laptop's AWS has an address of its own.
    const settings = { ...said, api: process.env.TEAL_API?.replace(/\/$/, '') || said.api };
    if (settings.released.length === 0) return;
    if (this.#options.release === false) return this.#tell('deployed and not released, as --no-release says');
    // Late: every command of the framework loads the plugin, and few release.
    const [{ connectAws }, { releaseDeployed }] = await Promise.all([import('./aws.ts'), import('./release-deployed.ts')]);
    const client = await this.#clientConfig();
    const codeSha256 = new Map(
      settings.released.map((released): [Released, string | undefined] => [released, this.#codeSha256.get(released.key)]),
    );
    const deploy = {
      settings,
      codeSha256,
      isDetached: this.#options.detach === true,
      isAgain: this.#options.again === true,
      idempotencyKey: randomUUID(),
    };
    const ground = {
      ...client,
      aws: connectAws(client),
      fetch,
      nowMs: Date.now,
      wait: (ms: number) => wait(ms),
      tell: (line: string) => this.#tell(line),
      onInterrupt,
    };
    await releaseDeployed(deploy, ground).catch((error) => this.#fail(error));
  }

  /** The framework prints a stack trace of every error but its own. */
  #fail(error: unknown): never {
    throw error instanceof DeployFailed ? new this.#serverless.classes.Error(error.message, error.code) : error;
  }

  async #clientConfig() {
    const provider = this.#provider;
    const { requestHandler } = (await provider.getAwsSdkV3Config?.()) ?? {};
    return { region: provider.getRegion(), credentials: await credentialsOf(provider), requestHandler };
  }

  #warnUnreleased(text: string): void {
    if (this.#read().settings.released.length > 0) this.#log.warning(`teal: ${text}`);
  }

  #tell(line: string): void {
    this.#log.notice(`teal: ${line}`);
  }
}

/** A listener keeps Node from ending by itself. */
function onInterrupt(stop: () => void): () => void {
  const leave = (signal: NodeJS.Signals) => {
    stop();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  return () => process.off('SIGINT', leave).off('SIGTERM', leave);
}
