import { z } from 'zod'
import { type SettingName, settingsSchema } from '../../config/settings.ts'
import { codes } from './markdown.ts'

/** A setting as the documentation shows it. */
export interface DescribedSetting {
  readonly name: SettingName
  readonly group: string
  readonly description: string
  readonly secret: boolean
  /** As it would be written in the environment; `undefined` where there is none. */
  readonly byDefault: string | undefined
  /** What it takes, as Markdown. */
  readonly takes: string
}

/** What one property says in a JSON Schema that zod makes. */
const propertySchema = z.looseObject({
  type: z.string(),
  format: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  group: z.string(),
  description: z.string(),
  secret: z.boolean().default(false),
})

/** Every setting, in the order of the schema. */
export function describedSettings(): readonly DescribedSetting[] {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: 'input' })
  return settingNames().map((name) => {
    const property = propertySchema.parse(properties[name])
    const byDefault = property.default ?? settingsSchema.shape[name].safeParse(undefined).data
    return {
      name,
      group: property.group,
      description: property.description,
      secret: property.secret,
      byDefault: byDefault === undefined || byDefault === '' ? undefined : String(byDefault),
      takes: takes(name, property),
    }
  })
}

function settingNames(): readonly SettingName[] {
  return settingsSchema.keyof().options
}

function takes(name: SettingName, property: z.output<typeof propertySchema>): string {
  if (property.enum !== undefined) return codes(property.enum)
  if (property.type === 'integer') return `whole number, ${property.minimum} to ${property.maximum}`
  if (property.format === 'uri') return 'http or https address'
  // What a transformation does to the text is not in the JSON Schema, so the setting itself is asked.
  const read = (text: string): unknown => settingsSchema.shape[name].safeParse(text).data
  if (read('10m') === 600_000) return 'duration: a whole number with `ms`, `s`, `m`, `h` or `d`'
  if (Array.isArray(read('a,b'))) return 'list, separated by commas'
  if (read('500m') === '500m' && read('no quantity') === undefined) return 'quantity such as `500m` or `128Mi`'
  if (property.secret && property.minLength === 32) return 'text, at least 32 characters'
  return 'text'
}
