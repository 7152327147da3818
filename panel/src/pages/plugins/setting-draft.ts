// What somebody wrote into the settings of a plug-in, and what is sent of it: texts as they are, everything else as JSON.
import type { PluginSetting } from '../../../../client/src/index.ts'

export interface SettingDraft {
  /** By key, as it stands in the field. */
  readonly written: Readonly<Record<string, string>>
  /** Back to the default. */
  readonly unset: readonly string[]
}

export const NOTHING: SettingDraft = { written: {}, unset: [] }

export interface SettingChange {
  readonly values: Readonly<Record<string, unknown>>
  readonly unset: readonly string[]
}

/** Others may hold a text as well: their kind is its format (`email`), or the choices that there are. */
export const isText = ({ kind }: PluginSetting): boolean => kind === 'string'

/** As it stands in its field, from which it comes back the same; of secrets nothing. */
export function writtenOf(setting: PluginSetting): string {
  const { value, isSecret } = setting
  if (isSecret || value === null || value === undefined) return ''
  return typeof value === 'string' && valueOf(setting, value) === value ? value : JSON.stringify(value)
}

export function valueOf(setting: PluginSetting, text: string): unknown {
  if (isText(setting)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What is as it was is not sent. */
export function changeOf(settings: readonly PluginSetting[], { written, unset }: SettingDraft): SettingChange {
  const values: Record<string, unknown> = {}
  for (const setting of settings) {
    const text = written[setting.key]
    if (text === undefined || unset.includes(setting.key) || text === writtenOf(setting)) continue
    values[setting.key] = valueOf(setting, text)
  }
  return { values, unset }
}
