import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { unzipSync } from 'fflate';

/** For root, modes are no bar. */
const READ_ONLY_FILE = 0o444;
const READ_ONLY_DIRECTORY = 0o555;

/** Writes the files of `zip` beneath `directory`, all read-only as on Lambda. Throws when one would lie outside of it. */
export async function unpack(zip: Uint8Array, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(unzipSync(zip))) {
    const path = resolve(directory, name);
    if (relative(directory, path).startsWith('..')) throw new Error(`the zip has a file outside of its root: ${name}`);
    if (name.endsWith('/')) await mkdir(path, { recursive: true });
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode: READ_ONLY_FILE });
    }
  }
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), READ_ONLY_DIRECTORY);
  }
  await chmod(directory, READ_ONLY_DIRECTORY);
}
