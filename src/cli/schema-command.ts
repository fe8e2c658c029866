import { Argument, type Command } from 'commander';
import { readSchema, SCHEMAS, type SchemaName } from '../policy/schemas.ts';
import { writeOut } from './output.ts';

export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of a file that the program writes or reads')
    .addArgument(new Argument('<name>', 'the file').choices(Object.keys(SCHEMAS)))
    .action((name: SchemaName) => writeOut([`${JSON.stringify(readSchema(name), undefined, 2)}\n`]));
}
