// What a line of words asks for: the options that hold for every command, and the words that are left.

export interface Invocation {
  /** As it was typed; undefined where it was not. */
  readonly home: string | undefined
  readonly json: boolean
  readonly words: readonly string[]
}

export interface Known {
  readonly commands: Readonly<Record<string, unknown>>
  readonly aliases: Readonly<Record<string, string>>
}

/** Takes the options that hold for every command out of the line. */
export function readInvocation(argv: readonly string[], known: Known): Invocation {
  const words: string[] = []
  let home: string | undefined
  let json = false
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') {
      words.push(...argv.slice(i))
      break
    }
    if (word === '--json') json = true
    else if (word === '--home') home = argv[i + 1]?.startsWith('-') === false ? argv[++i] : ''
    else if (word.startsWith('--home=')) home = word.slice('--home='.length)
    else words.push(word)
  }
  return { home, json, words: askedForHelp(usualNames(words, known), known) }
}

/** `hms domains check` is `hms domain check`. */
function usualNames([first, ...rest]: readonly string[], known: Known): readonly string[] {
  if (first === undefined) return []
  if (first === 'help') return [first, ...usualNames(rest, known)]
  return [Object.hasOwn(known.aliases, first) ? (known.aliases[first] ?? first) : first, ...rest]
}

/** `hms help account add` and `hms account help add` are `hms account add --help`. */
function askedForHelp(words: readonly string[], { commands }: Known): readonly string[] {
  const at = words.slice(0, 2).indexOf('help')
  if (at < 0) return words
  const rest = words.toSpliced(at, 1)
  // A command that is not there is told by its mistake, not by the help of all.
  return rest[0] !== undefined && !Object.hasOwn(commands, rest[0]) ? rest : [...rest, '--help']
}
