import { type Fields, isObject, type Operation, refuseUnknownKeys } from '../json-protocol.ts';
import { validation } from './refusals.ts';
import type { Surroundings } from './resources.ts';
import { readTemplate } from './template-source.ts';

/** What a template says of itself, before anything is made of it. Whether the local AWS supports it, a stack or change set of it tells. */
export function createTemplateSummaries({ stacks, buckets }: Surroundings): Record<string, Operation> {
  const summaryOf = (template: unknown) => {
    const { Parameters = {}, Description, Resources } = template as { Parameters?: Fields; Description?: string; Resources: Fields };
    const parameters = Object.entries(Parameters).filter((entry): entry is [string, Fields] => isObject(entry[1]));
    return {
      Description,
      Capabilities: capabilitiesOf(Resources),
      ResourceTypes: [
        ...new Set(
          Object.values(Resources)
            .filter(isObject)
            .map(({ Type }) => String(Type)),
        ),
      ],
      Parameters: parameters.map(([ParameterKey, { Type, Default, Description: text, NoEcho }]) => ({
        ParameterKey,
        ParameterType: Type,
        DefaultValue: Default,
        Description: text,
        NoEcho: NoEcho === true || NoEcho === 'true',
      })),
    };
  };

  return {
    ValidateTemplate(input: Fields) {
      refuseUnknownKeys(input, ['TemplateBody', 'TemplateURL'], 'ValidateTemplate');
      return summaryOf(readTemplate(input, buckets).template);
    },

    GetTemplateSummary(input: Fields) {
      refuseUnknownKeys(input, ['TemplateBody', 'TemplateURL', 'StackName'], 'GetTemplateSummary');
      if (input.StackName === undefined) return summaryOf(readTemplate(input, buckets).template);
      const stack = stacks.find(String(input.StackName));
      if (!stack) throw validation(`Stack with id ${input.StackName} does not exist`);
      return summaryOf(stack.document);
    },
  };
}

const IAM_NAMES: Record<string, string> = { 'AWS::IAM::Role': 'RoleName', 'AWS::IAM::ManagedPolicy': 'ManagedPolicyName' };

/** What a template needs to be told that it may: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
export function capabilitiesOf(resources: Fields): string[] {
  const all = Object.values(resources).filter(isObject);
  const isNamed = ({ Type, Properties }: Fields) => isObject(Properties) && Properties[IAM_NAMES[String(Type)] ?? ''] !== undefined;
  if (all.some(isNamed)) return ['CAPABILITY_NAMED_IAM'];
  return all.some(({ Type }) => /^AWS::IAM::(Role|Policy|ManagedPolicy)$/.test(String(Type))) ? ['CAPABILITY_IAM'] : [];
}
