import { expect, it } from 'vitest';
import { inlineFiles } from '../../client/inline-files.ts';
import { parseRequest } from '../../functions/release/request.ts';
import { codeBlocks } from './code-block.ts';

it('the release of docs/smoke-tests.md is one that Teal takes, with its files and not without', () => {
  const [example] = codeBlocks('smoke-tests.md', 'json');
  const read: string[] = [];
  const { fields, wrong } = inlineFiles(JSON.parse(example!), (path) => {
    read.push(path);
    return '{}';
  });
  expect(wrong).toEqual([]);
  expect(read).toEqual(['smoke/order.schema.json', 'smoke/cleanup.json']);
  expect(parseRequest(fields)).not.toHaveProperty('wrong');
  expect(parseRequest(JSON.parse(example!))).toMatchObject({
    wrong: [{ field: 'smokeTests[0].schema' }, { field: 'smokeTests[2].payload' }],
  });
});
