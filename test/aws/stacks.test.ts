import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { describe, expect, it } from 'vitest';
import { createResourceFinder, listStackFunctions } from '../../functions/aws/stacks.ts';
import { createOwnerFinder } from '../../functions/flow/alias-facts.ts';

interface Resource {
  id: string;
  type?: string;
  status?: string;
}

const STACK_ID = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1a2b';

/** A CloudFormation with one stack, which describes its first 100 resources and lists 100 on a page, as AWS does. */
function aStack(resources: Resource[]) {
  const rows = resources.map(({ id, type = 'AWS::Lambda::Alias', status = 'CREATE_COMPLETE' }) => ({
    LogicalResourceId: `Of${id}`,
    PhysicalResourceId: id,
    ResourceType: type,
    ResourceStatus: status,
  }));
  const cloudformation = {
    async send({ input }: { input: { PhysicalResourceId?: string; NextToken?: string } }) {
      if (input.PhysicalResourceId === undefined) {
        const from = Number(input.NextToken ?? 0);
        return { StackResourceSummaries: rows.slice(from, from + 100), NextToken: from + 100 < rows.length ? `${from + 100}` : undefined };
      }
      if (!rows.some(({ PhysicalResourceId }) => PhysicalResourceId === input.PhysicalResourceId))
        throw Object.assign(new Error(`Stack for ${input.PhysicalResourceId} does not exist`), { name: 'ValidationError' });
      return { StackResources: rows.slice(0, 100).map((row) => ({ ...row, StackName: 'shop', StackId: STACK_ID })) };
    },
  };
  return cloudformation as typeof cloudformation & CloudFormationClient;
}

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `alias-${index}` }));

describe('the stack of a resource', () => {
  it('is found also when the stack has more resources than CloudFormation describes', async () => {
    const find = createResourceFinder(aStack(many(250)));
    expect(await find('alias-249')).toEqual({ stack: 'shop', logicalId: 'Ofalias-249', type: 'AWS::Lambda::Alias' });
    expect(await find('alias-3')).toMatchObject({ logicalId: 'Ofalias-3' });
    expect(await find('of-nobody')).toBeUndefined();
  });

  it('is none when the stack is deleted, or has let go of it', async () => {
    const find = createResourceFinder(
      aStack([
        { id: 'kept', status: 'DELETE_SKIPPED' },
        { id: 'deleted', status: 'DELETE_COMPLETE' },
      ]),
    );
    expect([await find('kept'), await find('deleted')]).toEqual([undefined, undefined]);
  });

  it('is asked for no more of a CloudFormation that did not answer, or that Teal may not ask', async () => {
    for (const name of ['Throttling', 'AccessDenied']) {
      let isDown = true;
      const stack = aStack(many(1));
      const send = async (command: never) => {
        if (isDown) throw Object.assign(new Error('no'), { name });
        return stack.send(command);
      };
      const find = createOwnerFinder({ send } as never);
      expect(await find('alias-0')).toBe('unknown');
      isDown = false;
      expect(await find('alias-0')).toBe('unknown');
    }
  });
});

it('the functions of a stack are those that it still has, of every page', async () => {
  const functions = many(150).map(({ id }) => ({ id, type: 'AWS::Lambda::Function' }));
  const stack = aStack([
    ...functions,
    { id: 'kept', type: 'AWS::Lambda::Function', status: 'DELETE_SKIPPED' },
    { id: 'deleted', type: 'AWS::Lambda::Function', status: 'DELETE_COMPLETE' },
    { id: 'queue', type: 'AWS::SQS::Queue' },
  ]);
  expect(await listStackFunctions(stack, 'shop')).toEqual(functions.map(({ id }) => id));
});
