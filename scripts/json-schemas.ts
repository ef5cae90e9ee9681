/** `npm run prepack` calls it: writes the JSON Schemas of a release and of teal.json, from what validates them, into dist/. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { teamFileSchema } from '../client/team-file.ts';
import { schema } from '../functions/release/request.ts';

/** Checks that JSON Schema has no words for are left out: the validation itself says more. */
export const jsonSchemaOf = (title: string, what: v.GenericSchema) => ({
  ...toJsonSchema(what, { target: 'draft-07', errorMode: 'ignore' }),
  title,
});

export const JSON_SCHEMAS = {
  'release.schema.json': jsonSchemaOf('A release by Teal', schema),
  'teal.schema.json': jsonSchemaOf('What a team’s releases by Teal say unless told otherwise', teamFileSchema),
};

if (import.meta.main) {
  mkdirSync('dist', { recursive: true });
  for (const [file, content] of Object.entries(JSON_SCHEMAS)) writeFileSync(`dist/${file}`, `${JSON.stringify(content, null, 2)}\n`);
}
