import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Options, Provider, Serverless } from './framework.ts';

/**
 * The base64 SHA-256 of the zip that a deploy uploads for a function, as Lambda then has it; undefined of a container
 * image, which has none. Finds the file as the framework's own upload does.
 */
export async function codeSha256Of(
  { service, serviceDir }: Pick<Serverless, 'service' | 'serviceDir'>,
  { naming }: Pick<Provider, 'naming'>,
  options: Options,
  key: string,
): Promise<string | undefined> {
  const { image, package: own = {} } = service.getFunction(key);
  if (image) return undefined;
  const folder = options.package ?? service.package.path ?? join(serviceDir ?? '.', '.serverless');
  const isAlone = service.package.individually || own.individually;
  const file =
    own.artifact ??
    service.package.artifact ??
    join(folder, isAlone ? naming.getFunctionArtifactName(key) : naming.getServiceArtifactName());
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64');
}
