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
  enum: z.array(z.string()).optional(),
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

/** What a setting takes: its values, or what it says when it is given something that cannot be right. */
function takes(name: SettingName, property: z.output<typeof propertySchema>): string {
  if (property.enum !== undefined) return codes(property.enum)
  const setting = settingsSchema.shape[name]
  const message = setting.safeParse('~').error?.issues[0]?.message
  if (message?.startsWith('expected ') === true) return message.slice('expected '.length)
  return Array.isArray(setting.safeParse('a,b').data) ? 'list, separated by commas' : 'text'
}
