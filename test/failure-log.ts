import { format } from 'node:util';
import { beforeEach } from 'vitest';
import './builtin-modules.ts';

// Handlers log a line a call, of which only those of a test that fails are read. vitest would carry each of them to its
// main process first, which takes as long as a tenth of what is tested.
const lines: string[] = [];
for (const level of ['info', 'error'] as const) console[level] = (...values) => void lines.push(format(...values));

beforeEach(({ task, onTestFinished }) => {
  onTestFinished(() => {
    // The one level that is left to vitest, which shows it when the test has failed.
    if (task.result?.state === 'fail' && lines.length > 0) console.warn(lines.join('\n'));
    lines.length = 0;
  });
});
