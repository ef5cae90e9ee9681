import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createService, normalized, packageEdited, type Resource, runFramework, type Template } from '../plugin/package-fixture.ts';

const RELEASED = ['Api', 'Authorizer', 'Queues', 'Failures', 'Buses'].map((key) => ({
  id: `${key}LambdaFunction`,
  name: `shop-prod-${key.toLowerCase()}`,
  aliasId: `${key}TealAlias`,
}));

/** A template's text with what names a function by its alias replaced by what names the function. */
const withoutAlias = (text: string) =>
  text
    .replaceAll(/\{"Fn::Join":\[":",\[(\{"Fn::GetAtt":\["\w+","Arn"\]\}),"live"\]\]\}/g, '$1')
    .replaceAll(/(\{"Fn::GetAtt":\["\w+","Arn"\]\}),":","live"/g, '$1')
    .replaceAll(/(:function:shop-prod-\w+):live/g, '$1')
    // A right to call the function, and beside it the one to call its alias.
    .replaceAll(/\[(\{"Fn::Sub":"[^"]+"\}),\1\]/g, '$1')
    .replaceAll(/\{"Ref":"(\w+)TealAlias"\}/g, '{"Fn::GetAtt":["$1LambdaFunction","Arn"]}')
    .replaceAll(/"Qualifier":"live"/g, '"Qualifier":"$LATEST"');

const marked = (text: string) =>
  text
    .replaceAll(/\{"Fn::Join":\[":",\[\{"Fn::GetAtt":\["\w+","Arn"\]\},"live"\]\]\}/g, '"BY ALIAS"')
    .replaceAll(/\{"Fn::GetAtt":\["\w+","Arn"\]\},":","live"/g, '"BY ALIAS"')
    .replaceAll(/:function:shop-prod-\w+:live/g, ':BY ALIAS')
    .replaceAll(
      /"FunctionName":\{"Ref":"\w+"\},"DestinationConfig":(.*),"Qualifier":"live"/g,
      '"DestinationConfig":$1,"FunctionName":"BY ALIAS"',
    );

/** "HttpApiIntegrationApi names ApiLambdaFunction", of every resource but those that call nobody. */
const bareNames = ({ Resources }: Template) =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    if (/^AWS::(IAM|Logs::LogGroup)|^Custom::TealAlias|^AWS::Lambda::Version/.test(Type)) return [];
    const text = marked(JSON.stringify(Type === 'AWS::Lambda::Function' ? { ...Properties, FunctionName: '' } : Properties));
    return RELEASED.filter((one) => text.includes(`"${one.id}"`) || new RegExp(`\\$\\{${one.id}|function:${one.name}\\b`).test(text)).map(
      (one) => `${id} names ${one.id}`,
    );
  });

/** What the plugin makes of the fixture in a framework: `serverless` is its program, `golden` the file of its template. */
export function testPackagedService(serverless: string, golden: string): void {
  let template: Template;
  /** Of the same service without the plugin. */
  let plain: Template;
  /** Of the same service with SnapStart and a resource of the user's that calls a function past its alias. */
  let other: Awaited<ReturnType<typeof packageEdited>>;
  beforeAll(async () => {
    template = normalized((await packageEdited(serverless, (text) => text)).template);
    const edit = (text: string) => text.replace('plugins: [teal]\n', '').replaceAll(/^ {4}release: .*\n/gm, '');
    plain = normalized((await packageEdited(serverless, edit)).template);
    other = await packageEdited(
      serverless,
      (text) => `${text.replace('  authorizer:\n', '  authorizer:\n    runtime: python3.12\n    snapStart: true\n')}${OWN_RESOURCES}`,
    );
  }, 180_000);

  const dependsOn = (id: string) => [template.Resources[id]!.DependsOn ?? []].flat();

  describe('a packaged service with every kind of event', () => {
    it('is as the golden file has it', async () => {
      // The framework hashes functions side by side, and writes a version and its output as its hash is done: their order says nothing.
      const sorted = <Value>(named: Record<string, Value>) =>
        Object.fromEntries(Object.entries(named).sort(([one], [other]) => (one < other ? -1 : 1)));
      const { Resources, Outputs } = template;
      const ordered = { ...template, Resources: sorted(Resources), Outputs: sorted(Outputs) };
      await expect(`${JSON.stringify(ordered, null, 2)}\n`).toMatchFileSnapshot(
        fileURLToPath(new URL(`./golden/${golden}.json`, import.meta.url)),
      );
    });

    it('calls no released function but by its alias', () => {
      expect(bareNames(plain).length).toBeGreaterThan(60);
      expect(bareNames(template)).toEqual([]);
    });

    it('has an alias resource of Teal’s own stack for each released function, and for no other', () => {
      const aliases = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'Custom::TealAlias');
      expect(Object.fromEntries(aliases)).toEqual(
        Object.fromEntries(
          RELEASED.map(({ id, aliasId }) => [
            aliasId,
            {
              Type: 'Custom::TealAlias',
              Properties: { ServiceToken: { 'Fn::ImportValue': 'teal-prod-AliasResource' }, FunctionName: { Ref: id }, AliasName: 'live' },
            },
          ]),
        ),
      );
    });

    it('differs from the one without the plugin in just that, in the order of resources, and in versions that nobody would serve', () => {
      const comparable = ({ Resources, Outputs }: Template) => {
        const kept = Object.entries(Resources).filter(
          ([id, { Type }]) => Type !== 'Custom::TealAlias' && !(Type === 'AWS::Lambda::Version' && !/^(Warm|Left)/.test(id)),
        );
        const outputs = Object.entries(Outputs).filter(([id]) => !/^(?!Warm|Left).*QualifiedArn$/.test(id));
        const text = JSON.stringify([
          Object.fromEntries(kept.map(([id, { DependsOn: _, ...rest }]) => [id, rest])),
          Object.fromEntries(outputs),
        ]);
        return JSON.parse(withoutAlias(text));
      };
      expect(comparable(template)).toEqual(comparable(plain));
      for (const [id, { DependsOn: before = [] }] of Object.entries(plain.Resources)) {
        if (!template.Resources[id]) continue;
        // Waiting for the alias is waiting for its function too.
        const known = dependsOn(id).flatMap((name) => [name, name.replace(/TealAlias$/, 'LambdaFunction')]);
        expect(known, id).toEqual(expect.arrayContaining([before].flat()));
      }
    });

    it('lets whoever may call a released function call its alias', () => {
      const statements = (template.Resources.IamRoleLambdaExecution!.Properties.Policies as { PolicyDocument: { Statement: unknown[] } }[])
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[])
        .filter(({ Action }) => [Action].flat().includes('lambda:InvokeFunction'));
      const allowed = JSON.stringify(statements.map(({ Resource }) => Resource));
      expect(allowed).toContain(':function:shop-prod-failures:live"');
      expect(allowed).toContain(':function:shop-prod-buses:*"');
    });

    it('moves callers only once their alias is there and they may call it', () => {
      expect(dependsOn('HttpApiIntegrationApi')).toEqual(expect.arrayContaining(['ApiTealAlias', 'ApiLambdaPermissionHttpApi']));
      expect(dependsOn('ApiGatewayMethodV1OrdersGet')).toEqual(expect.arrayContaining(['ApiTealAlias', 'ApiLambdaPermissionApiGateway']));
      const callers = Object.entries(template.Resources).filter(([, { Type, Properties }]) => {
        const text = JSON.stringify(Properties);
        return !/^AWS::(IAM|Lambda::Function$)/.test(Type) && marked(text) !== text;
      });
      expect(callers.length).toBeGreaterThan(50);
      for (const [id] of callers) expect(dependsOn(id), id).toContainEqual(expect.stringMatching(/TealAlias$/));
      // A permission that names the caller itself as its source can only come after it.
      const beforePermission = callers.filter(
        ([id, { Type }]) =>
          /^AWS::(Api|Events|SNS::Topic|S3|IoT|Logs|Cognito)/.test(Type) && !dependsOn(id).some((one) => one.includes('Permission')),
      );
      expect(beforePermission.map(([id]) => id)).toEqual([
        'BusesEventsRuleSchedule1',
        'BusesEventsRuleSchedule2',
        'BusesEventsRuleCloudWatchEvent1',
        'CognitoUserPoolShop',
      ]);
    });

    it('has no circle of resources that wait for each other', () => {
      expect(findCircle(template)).toBeUndefined();
    });
  });

  describe('the framework’s command line', () => {
    const run = (args: string[], edit = (text: string) => text) => {
      const { folder, remove } = createService();
      onTestFinished(remove);
      const file = join(folder, 'serverless.yml');
      writeFileSync(file, edit(readFileSync(file, 'utf8')));
      return runFramework(serverless, folder, args);
    };

    it('lists what the plugin adds to a deploy', async () => {
      const { said } = await run(['deploy', '--help']);
      expect(said).toMatch(/--release .*--no-release only deploys/);
      expect(said).toMatch(/--detach .*do not wait/);
      expect(said).toMatch(/--again .*reverted/);
    });

    it('tells everything that is wrong with what a service says of Teal, before it bundles anything', async () => {
      const { code, said } = await run(['package'], (text) =>
        text
          .replace('release: { alarms: [shop-api-errors],', 'release: { colour: teal, alarms: shop-api-errors,')
          .replace('    release: false\n    provisionedConcurrency', '    release:\n    provisionedConcurrency'),
      );
      expect(code).toBe(1);
      expect(said).toContain('functions.api.release.colour: is not a field of a release');
      expect(said).toContain('functions.api.release.alarms: is a list');
      expect(said).toContain('functions.warm.release: is an object');
      expect(said).toMatch(/functions\.warm\.provisionedConcurrency: .*say release: false in functions\.warm/);
    });

    it('warns of calls that the user’s own resources make past the alias', () => {
      expect(other.said.replaceAll(/\s+/g, ' ')).toMatch(
        /Mine \(AWS::Events::Rule\) calls shop-prod-buses past its alias live, .*Say instead: !Ref BusesTealAlias/,
      );
    });

    it('keeps SnapStart of a released function without an alias of the framework’s own', () => {
      const { Resources } = other.template;
      expect(Resources.AuthorizerLambdaFunction!.Properties.SnapStart).toEqual({ ApplyOn: 'PublishedVersions' });
      expect(Object.keys(Resources).filter((id) => Resources[id]!.Type === 'AWS::Lambda::Alias')).toEqual(['WarmProvConcLambdaAlias']);
    });
  });
}

const OWN_RESOURCES = `
resources:
  Resources:
    Mine:
      Type: AWS::Events::Rule
      Properties:
        Targets: [{ Id: one, Arn: !GetAtt BusesLambdaFunction.Arn }]
`;

/** Names of resources that wait for each other, by what they refer to. */
function findCircle({ Resources }: Template): string[] | undefined {
  const ids = Object.keys(Resources);
  const waitsFor = (id: string) => {
    const { Properties, DependsOn = [] } = Resources[id] as Resource;
    const text = JSON.stringify(Properties ?? {});
    return ids.filter(
      (other) =>
        [DependsOn].flat().includes(other) ||
        text.includes(`{"Ref":"${other}"}`) ||
        text.includes(`{"Fn::GetAtt":["${other}",`) ||
        text.includes(`\${${other}}`) ||
        text.includes(`\${${other}.`),
    );
  };
  const done = new Set<string>();
  const visit = (id: string, path: string[]): string[] | undefined => {
    if (path.includes(id)) return [...path, id];
    if (done.has(id)) return undefined;
    for (const next of waitsFor(id)) {
      const circle = visit(next, [...path, id]);
      if (circle) return circle;
    }
    done.add(id);
    return undefined;
  };
  for (const id of ids) {
    const circle = visit(id, []);
    if (circle) return circle;
  }
  return undefined;
}
