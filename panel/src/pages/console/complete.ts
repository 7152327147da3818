// What can follow the words of a line: the next word of a command, its options, and the values of an option where it has few.
import type { ConsoleCommand } from '../../../../client/src/index.ts'

export interface Choice {
  readonly text: string
  readonly note: string
}

export interface Completion {
  /** The word that is being typed begins here. */
  readonly from: number
  readonly choices: readonly Choice[]
}

const MOST = 50
const LONG = /--[a-z0-9-]+/
/** Of every command. */
const EVERYWHERE: readonly Choice[] = [
  { text: '--json', note: 'for programs' },
  { text: '--help', note: 'what it does, and how' },
]

export function completionOf(line: string, commands: readonly ConsoleCommand[]): Completion {
  const [begun = ''] = /\S*$/.exec(line) ?? []
  const from = line.length - begun.length
  const words = line.slice(0, from).split(/\s+/).filter(Boolean)
  if (words[0] === 'hms') words.shift()
  // Within quotes nothing is known.
  const choices = /["'\\]/.test(line) ? [] : choicesAfter(words, commands)
  const fits = choices.filter(({ text }) => text.startsWith(begun) && text !== begun)
  return { from, choices: fits.slice(0, MOST) }
}

function choicesAfter(words: readonly string[], commands: readonly ConsoleCommand[]): readonly Choice[] {
  const next = nextWords(words, commands)
  const command = commandOf(words, commands)
  if (command === undefined) return next
  const last = words.at(-1)
  const asked = command.options.find(({ flags }) => LONG.exec(flags)?.[0] === last && /[<[]/.test(flags))
  if (asked !== undefined) return asked.values.map((text) => ({ text, note: '' }))
  const options = command.options.map(({ flags, summary }) => ({ text: LONG.exec(flags)?.[0] ?? flags, note: summary }))
  return [...next, ...[...options, ...EVERYWHERE].filter(({ text }) => !words.includes(text))]
}

/** Words that commands have after these. */
function nextWords(words: readonly string[], commands: readonly ConsoleCommand[]): readonly Choice[] {
  const found = new Map<string, string>()
  for (const { words: text, summary } of commands) {
    const parts = text.split(' ')
    const next = parts[words.length]
    if (next === undefined || !words.every((word, n) => word === parts[n])) continue
    const isWhole = parts.length === words.length + 1
    if (isWhole || !found.has(next)) found.set(next, isWhole ? summary : `${next} …`)
  }
  return [...found].map(([text, note]) => ({ text, note }))
}

/** The longest that the words begin with. */
function commandOf(words: readonly string[], commands: readonly ConsoleCommand[]): ConsoleCommand | undefined {
  const typed = `${words.join(' ')} `
  return commands.filter((one) => typed.startsWith(`${one.words} `)).toSorted((a, b) => b.words.length - a.words.length)[0]
}
