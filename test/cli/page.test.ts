import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('what README.md says of the command', () => {
  it('shows the live view as it is printed', () => {
    expect(read('../../README.md')).toContain(`\`\`\`\n${read('./live/golden/baking-120.txt')}\`\`\``);
  });
});
