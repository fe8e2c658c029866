/** A value as YAML or JSON can hold it. Integers that a double cannot hold exactly are bigints. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

/** A mapping read from a scanned file. Its keys are hostile input: use `Object.hasOwn`, never `in`. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** The way from the root of a document to a value inside it. */
export type Path = readonly (string | number)[];
