import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { unzipSync } from 'fflate';

/** Writes the files of `zip` beneath `directory`. Throws when one would lie outside of it. */
export async function unpack(zip: Uint8Array, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(unzipSync(zip))) {
    const path = resolve(directory, name);
    if (relative(directory, path).startsWith('..')) throw new Error(`the zip has a file outside of its root: ${name}`);
    if (name.endsWith('/')) await mkdir(path, { recursive: true });
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
  }
}
