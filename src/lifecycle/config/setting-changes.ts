// What changed between two shipped defaults, as far as it concerns a file: read from the files themselves, in which every
// setting has its meaning and what it takes above it, so that no list has to be kept.
import { readSettings } from './settings-file.ts'

export interface SettingChange {
  readonly setting: string
  /** `gone`: no longer a setting. `meaning`: its description or what it takes is another. `default`: it counts where the file does not set it. */
  readonly what: 'gone' | 'meaning' | 'default' | 'new'
  /** Whether the file sets it. */
  readonly set: boolean
  readonly was: string | null
  readonly now: string | null
}

/** Gone and changed in meaning where `mine` sets it, defaults where it does not; new settings always. */
export function settingChanges(before: string, after: string, mine: string): SettingChange[] {
  const [old, present, given] = [described(before), described(after), namesIn(mine)]
  const changes: SettingChange[] = []
  for (const [setting, was] of old) {
    const now = present.get(setting)
    const set = given.has(setting)
    if (now === undefined) changes.push({ setting, what: 'gone', set, was: was.meaning, now: null })
    else if (set && now.meaning !== was.meaning) changes.push({ setting, what: 'meaning', set, was: was.meaning, now: now.meaning })
    else if (!set && now.value !== was.value) changes.push({ setting, what: 'default', set, was: was.value, now: now.value })
  }
  for (const [setting, { meaning }] of present) {
    if (!old.has(setting)) changes.push({ setting, what: 'new', set: given.has(setting), was: null, now: meaning })
  }
  return changes
}

/** Names that a text sets, whatever they mean today. */
function namesIn(text: string): ReadonlySet<string> {
  return new Set(readSettings(text, () => true).given.map(({ name }) => name))
}

interface Described {
  readonly meaning: string
  readonly value: string
}

/** Settings of a shipped file: the comment above each, and its default. */
export function described(text: string): ReadonlyMap<string, Described> {
  const found = new Map<string, Described>()
  let comment: string[] = []
  for (const line of text.split('\n')) {
    const setting = /^#?([a-z][a-z0-9_.]*):\s*(.*)$/.exec(line)
    if (setting !== null) {
      found.set(setting[1] ?? '', { meaning: comment.join(' '), value: setting[2] ?? '' })
      comment = []
    } else if (line.startsWith('# ')) comment.push(line.slice(2))
    else comment = []
  }
  return found
}
