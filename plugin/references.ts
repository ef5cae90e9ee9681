import { isObject } from './settings.ts';

/** Finds where a CloudFormation template names functions, and whether by their alias. Pure. */

/** A function that is released, as its template knows it. */
export interface Named {
  key: string;
  /** "shop-prod-orders" */
  name: string;
  /** "OrdersLambdaFunction" */
  logicalId: string;
  alias: { name: string; logicalId: string };
}

export type Path = (string | number)[];

/** A place that names a function. */
export interface Reference {
  named: Named;
  /** Without an alias or a version. */
  isBare: boolean;
  /** From the value that was searched; of text inside of Fn::Sub or of a plain string the path to that string. */
  path: Path;
  /** A Ref or a plain name gives the name, Fn::GetAtt the ARN. */
  gives: 'name' | 'arn';
  /** Part of a text, such as an ARN that was put together by hand. */
  isInText: boolean;
}

/** Every reference in a value; one to the alias resource is one to its function with the alias. */
export function findReferences(value: unknown, functions: Named[]): Reference[] {
  const found: Reference[] = [];
  const visit = (at: unknown, path: Path, following: string): void => {
    const direct = referenceOf(at, functions);
    if (direct) found.push({ ...direct, isBare: direct.isBare && !isQualified(following), path, isInText: false });
    else if (typeof at === 'string') {
      found.push(...findInText(at, following, functions).map((reference) => ({ ...reference, path })));
    } else if (Array.isArray(at)) {
      for (const [index, item] of at.entries()) visit(item, [...path, index], '');
    } else if (isObject(at)) {
      const join = at['Fn::Join'];
      if (Array.isArray(join) && typeof join[0] === 'string' && Array.isArray(join[1])) {
        const [separator, parts] = join as [string, unknown[]];
        for (const [index, part] of parts.entries()) {
          const rest = parts.slice(index + 1).map((next) => (typeof next === 'string' ? next : '\0'));
          visit(part, [...path, 'Fn::Join', 1, index], rest.length > 0 ? separator + rest.join(separator) : '');
        }
      } else for (const [key, inner] of Object.entries(at)) visit(inner, [...path, key], '');
    }
  };
  visit(value, [], '');
  return found;
}

function referenceOf(value: unknown, functions: Named[]): Pick<Reference, 'named' | 'gives' | 'isBare'> | undefined {
  if (!isObject(value)) return undefined;
  const byId = (logicalId: unknown) => functions.find((named) => named.logicalId === logicalId);
  const byName = byId(value.Ref);
  if (byName) return { named: byName, gives: 'name', isBare: true };
  const byAlias = functions.find(({ alias }) => alias.logicalId === value.Ref);
  if (byAlias) return { named: byAlias, gives: 'arn', isBare: false };
  const got = value['Fn::GetAtt'];
  const [logicalId, attribute] = typeof got === 'string' ? got.split('.') : Array.isArray(got) ? got : [];
  const byArn = attribute === 'Arn' ? byId(logicalId) : undefined;
  return byArn && { named: byArn, gives: 'arn', isBare: true };
}

/** A version, an alias or any of them: ":live", ":*", ":${Alias}", or what cannot be known here. */
const isQualified = (following: string) => /^:[\w$*{\0-]/.test(following);

/** `${Orders.Arn}` of Fn::Sub, "…:function:shop-prod-orders" of an ARN, and the name by itself. */
function findInText(text: string, following: string, functions: Named[]): Omit<Reference, 'path'>[] {
  return functions.flatMap((named) => {
    const { logicalId, name, alias } = named;
    const substitutions = text.matchAll(new RegExp(`\\$\\{(?:${logicalId}(?:\\.Arn)?|${alias.logicalId})\\}`, 'g'));
    const arns = text.matchAll(new RegExp(`(?<=:function:)${name}(?![\\w-])`, 'g'));
    return [
      ...(text === name ? [{ named, gives: 'name' as const, isBare: !isQualified(following), isInText: false }] : []),
      ...[...substitutions, ...arns].map((match) => ({
        named,
        gives: match[0] === `\${${logicalId}}` ? ('name' as const) : ('arn' as const),
        isBare: !match[0].includes(alias.logicalId) && !isQualified(text.slice(match.index + match[0].length) + following),
        isInText: true,
      })),
    ];
  });
}

/** "Targets[0].Arn", as a person would say it. */
export const describePath = (path: Path): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`)).join('');
