import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { InputError, PolicyError } from '../errors.ts';
import { readSchema, type SchemaName } from './schemas.ts';
import { suggestName } from './suggest.ts';

const compiled = new Map<SchemaName, ValidateFunction>();

/** Checks what a user wrote against its published schema. The message names file, field and what is allowed there. */
export function validate(schema: SchemaName, value: unknown, file: string): void {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = new Ajv({ allErrors: true, strict: false, allowUnionTypes: true, verbose: true }).compile(readSchema(schema) as object);
    compiled.set(schema, check);
  }
  if (check(value)) return;
  const told = (check.errors ?? []).filter(({ keyword }) => keyword !== 'if' && keyword !== 'anyOf');
  // A file of another kind or version first of all says so.
  const faults = told.toSorted((a, b) => Number(b.keyword === 'const') - Number(a.keyword === 'const')).slice(0, 5);
  const message = `${file}: ${[...new Set(faults.map(describe))].join('; ')} (see: seaworthy schema ${schema})`;
  throw schema === 'policy' ? new PolicyError(message) : new InputError(message);
}

/** Words of YAML, for those of JSON Schema. */
const TYPES: Readonly<Record<string, string>> = { array: 'a list', object: 'a mapping', string: 'text, perhaps in quotes', boolean: 'true or false', integer: 'a whole number' };

function describe({ instancePath, keyword, params, message, parentSchema }: ErrorObject): string {
  const field = instancePath.slice(1).replaceAll('/', '.');
  const where = field === '' ? '' : `${field}: `;
  const details = params as Record<string, unknown>;
  if (keyword === 'additionalProperties')
    return `${where}unknown key "${details['additionalProperty']}"${suggestName(String(details['additionalProperty']), Object.keys(parentSchema?.['properties'] ?? {}))}`;
  if (keyword === 'required') return `${where}"${details['missingProperty']}" is missing`;
  if (keyword === 'enum') return `${where}must be one of ${(details['allowedValues'] as unknown[]).join(', ')}`;
  if (keyword === 'type' && typeof details['type'] === 'string') return `${where}must be ${TYPES[details['type']] ?? details['type']}`;
  if (keyword === 'minLength') return `${where}must have ${details['limit']} characters or more`;
  if (keyword === 'const') return `${where}must be ${JSON.stringify(details['allowedValue'])}`;
  if (keyword === 'pattern' && Array.isArray(parentSchema?.['examples'])) return `${where}must look like ${parentSchema['examples'].join(' or ')}`;
  return `${where}${message ?? keyword}`;
}
