import { z } from 'zod'

/** A JSON Schema of draft 2020-12, which OpenAPI 3.1 takes as it is (OpenAPI 3.1.1, §4.8.24). */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Schemas of the document; those with a name are kept once, under `components.schemas`. */
export type Schemas = {
  /** @param io `input` for what is sent to us: members with a default may be left out */
  of(schema: z.ZodType, io: 'input' | 'output'): JsonSchema
  readonly named: Readonly<Record<string, JsonSchema>>
}

export function createSchemas(): Schemas {
  const named: Record<string, JsonSchema> = {}
  return {
    named,
    of(schema, io) {
      const {
        $schema: _,
        $defs = {},
        ...rest
      } = z.toJSONSchema(schema, {
        io,
        override({ jsonSchema }) {
          // The format says it in a word; zod's pattern for it is half a page.
          if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
        },
      })
      for (const [name, definition] of Object.entries($defs)) named[name] = inComponents(definition)
      return inComponents(rest)
    },
  }
}

/** zod refers to `#/$defs/<name>`. */
function inComponents(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'))
}
