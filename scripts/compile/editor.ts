import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { objectSchema, type OptionSet } from '../../src/core/option.ts'
import { replaceFile } from '../sources/folder.ts'
import { sourcesSchema } from '../sources/sources-schema.ts'
import { type Config, gatewayOptions } from './config.ts'
import { type JsonSchema, jsonSchema } from './json-schema.ts'
import type { Kind, Plugin, Plugins } from './plugins.ts'
import { routesSchema } from './routes-schema.ts'

/**
 * Writes JSON Schemas (draft-07, which every editor knows) of the four files of a config folder, so that editors
 * complete names and options, the user's own parts included. Files that say the same are left untouched.
 */
export async function writeEditorSchemas(
  folder: string,
  config: Pick<Config, 'named'>,
  plugins: Plugins,
): Promise<void> {
  for (const [name, schema] of Object.entries(await editorSchemas(config, plugins))) {
    const file = join(folder, name)
    const text = `${JSON.stringify(schema, null, 2)}\n`
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    replaceFile(file, text)
  }
}

/** File name → schema. */
export async function editorSchemas(
  { named }: Pick<Config, 'named'>,
  plugins: Plugins,
): Promise<Readonly<Record<string, JsonSchema>>> {
  const definitions = {
    ...useDefinitions('policy', await usable(plugins, 'policy')),
    ...useDefinitions('handler', await usable(plugins, 'handler')),
    policyList: policyList([...named].map(([name, { policy }]) => ({ name, policy }))),
  }
  return {
    'policies.schema.json': {
      ...head('config/policies.json of Cardea: named policies with options'),
      type: 'object',
      properties: { $schema: { type: 'string' } },
      additionalProperties: { $ref: '#/definitions/policy' },
      definitions,
    },
    'gateway.schema.json': gatewaySchema(definitions),
    'routes.schema.json': {
      ...head('An OpenAPI document with the extensions of Cardea'),
      ...routesSchema,
      definitions: { ...definitions, ...routesSchema.definitions },
    },
    'sources.schema.json': {
      ...head('config/sources.json of Cardea: documents from elsewhere, and their overlays'),
      ...sourcesSchema,
    },
  }
}

const head = (title: string): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title,
})

function gatewaySchema(definitions: JsonSchema): JsonSchema {
  const { properties, ...rest } = jsonSchema(objectSchema(gatewayOptions))
  return {
    ...head('config/gateway.json of Cardea: settings, and policies for every request'),
    ...rest,
    properties: {
      $schema: { type: 'string' },
      ...(properties as JsonSchema),
      policies: {
        description: 'For every request, outermost, also for what matches no route.',
        $ref: '#/definitions/policyList',
      },
    },
    definitions,
  }
}

/** A part that cannot be loaded is told by compile where it is used; here it is left out. */
async function usable(plugins: Plugins, kind: Kind): Promise<readonly Plugin[]> {
  const loaded = plugins.names(kind).map((name) => plugins.load(kind, name).catch(() => undefined))
  const found = await Promise.all(loaded)
  return found.filter((one): one is Plugin => isObject(one?.definition?.options))
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** `{ "policy": "name", "options": {…} }`: the name decides which options there are. */
function useDefinitions(kind: Kind, plugins: readonly Plugin[]): JsonSchema {
  const names = plugins.map(({ name, definition }) => ({
    const: name,
    description: definition.summary,
  }))
  const perName = plugins.map(({ name, definition }) => {
    const schema = objectSchema(definition.options as OptionSet)
    const isRequired = (schema.required ?? []).length > 0
    return {
      if: { properties: { [kind]: { const: name } }, required: [kind] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: {
        properties: { options: { $ref: `#/definitions/${optionsName(kind, name)}` } },
        ...(isRequired && { required: ['options'] }),
      },
    }
  })
  const options = plugins.map(({ name, definition }) => [
    optionsName(kind, name),
    {
      description: `Options of ${name}: ${definition.summary}`,
      ...jsonSchema(objectSchema(definition.options as OptionSet)),
    },
  ])
  return {
    [kind]: {
      type: 'object',
      properties: {
        [kind]: { description: `Name of the ${kind}.`, anyOf: names },
        options: { type: 'object', description: `Options of the ${kind}.` },
      },
      required: [kind],
      additionalProperties: false,
      allOf: perName,
    },
    [`${kind}Name`]: { anyOf: names },
    ...Object.fromEntries(options),
  }
}

const optionsName = (kind: Kind, name: string): string => `${kind}-options-${name}`

interface Named {
  readonly name: string
  readonly policy: string
}

function policyList(named: readonly Named[]): JsonSchema {
  const names = named.map(({ name, policy }) => ({ const: name, description: `A ${policy}.` }))
  const removed = named.map(({ name }) => ({
    const: `!${name}`,
    description: `Takes away an inherited '${name}'.`,
  }))
  return {
    type: 'array',
    items: { anyOf: [...names, ...removed, { $ref: '#/definitions/policy' }] },
  }
}
