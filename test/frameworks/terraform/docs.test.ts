import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../../docs/code-block.ts';

type Block = Record<string, unknown>;

let resources: Record<string, Record<string, [Block]>>;
beforeAll(async () => {
  // What is installed only here is unknown to the types of everything else.
  const { parse } = createRequire(import.meta.url)('@cdktn/hcl2json') as { parse(name: string, text: string): Promise<Block> };
  const parsed = await parse('docs.tf', codeBlocks('terraform.md', 'hcl').join('\n'));
  resources = parsed.resource as typeof resources;
});

const all = (type: string) => Object.values(resources[type] ?? {}).map(([block]) => block);
const LIVE = 'aws_lambda_alias.orders_live';

describe('the HCL of docs/terraform.md', () => {
  it('makes the alias on a version, and ignores all of it that Terraform could update', () => {
    expect(all('aws_lambda_function')).toMatchObject([{ publish: true }]);
    const [alias] = all('aws_lambda_alias');
    // As the provider's schema has it; changing any other attribute makes another alias.
    expect(alias!.lifecycle).toEqual([
      { ignore_changes: ['description', 'function_version', 'routing_config'].map((name) => `\${${name}}`) },
    ]);
  });

  it('has everything call the alias', () => {
    expect(all('aws_apigatewayv2_integration')).toMatchObject([{ integration_uri: `\${${LIVE}.invoke_arn}` }]);
    expect(all('aws_lambda_event_source_mapping')).toMatchObject([{ function_name: `\${${LIVE}.arn}` }]);
    for (const type of ['aws_lambda_permission', 'aws_lambda_function_event_invoke_config'])
      expect(all(type)).toMatchObject([{ qualifier: `\${${LIVE}.name}` }]);
  });

  it('gives the permission before the API calls the alias', () => {
    expect(all('aws_apigatewayv2_integration')).toMatchObject([{ depends_on: [`\${aws_lambda_permission.api}`] }]);
  });
});
