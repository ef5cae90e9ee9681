import { randomUUID } from 'node:crypto';
import { type Fields, isObject, type Operation, toServiceError } from './json-protocol.ts';
import { ServiceError, type WireRequest, type WireResponse, type WireService } from './service.ts';
import { membersOf, type OperationModel, type Shape } from './service-model.ts';

export interface QueryProtocol {
  /** As error messages call it, such as "CloudWatch". */
  service: string;
  /** The API's version, which every request names, such as "2010-08-01". */
  version: string;
  /** The XML namespace of its answers. */
  namespace: string;
  model: Map<string, OperationModel>;
  /** They take and answer what they do over JSON: times are seconds since 1970. */
  operations: Record<string, Operation>;
  /** Names that errors have in this protocol only. */
  queryErrors?: Record<string, string>;
}

type QueryErrorStyle = Partial<Pick<QueryProtocol, 'queryErrors' | 'namespace'>>;

/** A service over AWS's query protocol: a form whose `Action` names the operation, answers in XML. */
export function createQueryService(protocol: QueryProtocol): Required<WireService> {
  const { service, version, namespace, model, operations, queryErrors } = protocol;
  const byName = new Map(Object.entries(operations));
  const inputOf = (request: Pick<WireRequest, 'headers' | 'query' | 'body'>): Fields => {
    const fields = formOf(request);
    const shapes = model.get(fields.get('Action') ?? '');
    return shapes ? (readValue(shapes.input, toTree(fields), '') as Fields) : {};
  };
  const run = async (request: WireRequest): Promise<WireResponse> => {
    const fields = formOf(request);
    const action = fields.get('Action');
    if (!action) throw new ServiceError('MissingAction', `a request to ${service} must name its operation as Action`);
    const operation = byName.get(action);
    const shapes = model.get(action);
    if (!operation || !shapes) throw new ServiceError('InvalidAction', `the local AWS does not support ${action} of ${service}`);
    const asked = fields.get('Version');
    if (asked !== version) {
      const message = `Could not find operation ${action} for version ${asked ?? 'NO_VERSION_SPECIFIED'}: ${service} has ${version} only`;
      throw new ServiceError('InvalidAction', message);
    }
    const answer = await operation(inputOf(request), request);
    const result = shapes.output.isUnitSchema() ? '' : writeValue(`${action}Result`, shapes.output, answer ?? {});
    const id = randomUUID();
    const metadata = element('ResponseMetadata', element('RequestId', id));
    return xmlResponse(200, `<${action}Response xmlns="${namespace}">${result}${metadata}</${action}Response>`, id);
  };
  return {
    inputOf,
    async handle(request) {
      try {
        return await run(request);
      } catch (error) {
        return queryError(toServiceError(error), { queryErrors, namespace });
      }
    },
  };
}

/** The fields of a query request, which stand in its body or, without one, in its address; another request has no `Action` among them. */
export const formOf = ({ headers, query, body }: { headers: Record<string, string>; query?: URLSearchParams; body?: unknown }) =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    ? new URLSearchParams(String(body))
    : (query ?? new URLSearchParams());

/** An error as services with the query protocol write it. */
export function queryError({ code, message, status }: ServiceError, { queryErrors = {}, namespace }: QueryErrorStyle = {}): WireResponse {
  const id = randomUUID();
  const type = element('Type', status < 500 ? 'Sender' : 'Receiver');
  const error = element('Error', `${type}${element('Code', xmlText(queryErrors[code] ?? code))}${element('Message', xmlText(message))}`);
  const xmlns = namespace ? ` xmlns="${namespace}"` : '';
  return xmlResponse(status, `<ErrorResponse${xmlns}>${error}${element('RequestId', id)}</ErrorResponse>`, id);
}

export const xmlResponse = (status: number, xml: string, requestId = randomUUID()): WireResponse => ({
  status,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
  body: xml,
});

export const element = (name: string, content: string) => `<${name}>${content}</${name}>`;

/** XML 1.0 has no way to write the other control characters, not even escaped; parsers turn a plain carriage return into a line feed. */
export const xmlText = (text: string) =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[<>&"\r]/g, (char) => `&#${char.charCodeAt(0)};`);

/** A field of a form, or what is below its name: `Dimensions.member.1.Name` is a text four levels down. */
interface Field {
  text?: string;
  below: Map<string, Field>;
}

function toTree(fields: URLSearchParams): Field {
  const root: Field = { below: new Map() };
  for (const [key, text] of fields) {
    if (key === 'Action' || key === 'Version') continue;
    let field = root;
    for (const name of key.split('.')) {
      const next: Field = field.below.get(name) ?? { below: new Map() };
      field.below.set(name, next);
      field = next;
    }
    field.text = text;
  }
  return root;
}

/** What JSON would have said. A member that the shape does not have stays under its name, for the operation to refuse. */
function readValue(shape: Shape, { text, below }: Field, key: string): unknown {
  if (shape.isStructSchema()) {
    const members = membersOf(shape);
    const values = [...below].map(([name, field]) => {
      const member = members.get(name);
      return [name, member ? readValue(member, field, key ? `${key}.${name}` : name) : (field.text ?? {})];
    });
    return Object.fromEntries(values) as Fields;
  }
  if (shape.isListSchema()) {
    if (text !== undefined && text !== '') throw malformed(`${key} is a list: its items are ${key}.member.1 and so on`);
    const item = shape.getValueSchema();
    return itemsOf(below, key).map(({ index, field }) => readValue(item, field, `${key}.member.${index}`));
  }
  if (shape.isMapSchema()) throw unsupported(key);
  if (text === undefined) throw malformed(`${key} must be a value, and has parts`);
  if (shape.isStringSchema()) return text;
  if (shape.isBooleanSchema()) return readBoolean(text, key);
  if (shape.isNumericSchema()) return readNumber(text, key);
  if (shape.isTimestampSchema()) return readTimeSeconds(text);
  throw unsupported(key);
}

/** The items of a list by their numbers. AWS takes gaps, and any order. */
function itemsOf(below: Map<string, Field>, key: string): { index: number; field: Field }[] {
  const other = [...below.keys()].find((name) => name !== 'member');
  if (other !== undefined) throw malformed(`${key} is a list, and has no ${other}: its items are ${key}.member.1 and so on`);
  const items = [...(below.get('member')?.below ?? [])].map(([number, field]) => {
    if (!/^\d+$/.test(number)) throw malformed(`Key ${key}.member.${number} must be all numbers if it starts with an integer`);
    return { index: Number(number), field };
  });
  return items.sort((a, b) => a.index - b.index);
}

function readBoolean(text: string, key: string): boolean {
  const value = text.toLowerCase();
  if (value !== 'true' && value !== 'false') throw malformed(`${key} must be true or false, not ${text}`);
  return value === 'true';
}

/** NaN and infinities stay text, as in JSON, for the operation to refuse. */
function readNumber(text: string, key: string): number | string {
  if (/^(NaN|-?Infinity)$/.test(text)) return text;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw malformed(`${key} must be a number, not ${text}`);
  return Number(text);
}

/** Seconds since 1970. CloudWatch takes six decimals at most: https://github.com/brendanhay/amazonka/issues/495 */
function readTimeSeconds(text: string): number {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw malformed('timestamp must follow ISO8601');
  return ms / 1000;
}

const unsupported = (key: string) => new ServiceError('ValidationError', `the local AWS does not support ${key}`);
const malformed = (message: string) => new ServiceError('MalformedInput', message);

function writeValue(name: string, shape: Shape, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    return element(name, (value as unknown[]).map((entry) => writeValue('member', item, entry)).join(''));
  }
  if (shape.isMapSchema()) {
    const entries = Object.entries(value).map(([key, entry]) =>
      element('entry', element('key', xmlText(key)) + writeValue('value', shape.getValueSchema(), entry)),
    );
    return element(name, entries.join(''));
  }
  if (shape.isStructSchema() && isObject(value)) {
    return element(name, [...membersOf(shape)].map(([member, of]) => writeValue(member, of, value[member])).join(''));
  }
  if (shape.isTimestampSchema()) return element(name, new Date((value as number) * 1000).toISOString());
  return element(name, xmlText(String(value)));
}
