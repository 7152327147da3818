// What an MTA and a filter agree on before anything else: the version, what the filter may change, which steps it wants to see and answers,
// and which macros it wants at which of them.
import type { Packet } from './packets.ts'
import { number32, packet, PacketContent } from './packets.ts'
import * as P from './protocol.ts'

export interface Agreement {
  readonly version: number
  /** Bits of `ACTION`. */
  readonly actions: number
  /** The steps that the filter is not asked about: it does not want them, or its version does not know them. */
  readonly skipped: ReadonlySet<P.StepName>
  /** Those that it does not answer. */
  readonly silent: ReadonlySet<P.StepName>
  /** Values of header fields with the space after the colon, in both directions. */
  readonly leadingSpace: boolean
  /** It wants to see recipients that were refused too. */
  readonly refusedRecipients: boolean
  /** It may say that it saw enough of a kind of step. */
  readonly maySkip: boolean
  /** The macros that it asked for; of stages that it did not name, the usual ones. */
  readonly macros: ReadonlyMap<P.MacroStage, readonly string[]>
}

const MOST_MACROS = 100

/** What we offer. */
export function offer(): Buffer {
  return packet(P.COMMAND.options, number32(P.NEWEST_VERSION), number32(P.ALL_ACTIONS), number32(P.ALL_PROTOCOL))
}

/** Reads the filter's answer, or says what is wrong with it. */
export function readAgreement({ letter, data }: Packet): Agreement | string {
  if (letter !== P.COMMAND.options) return 'its first answer is not about options'
  const content = new PacketContent(data)
  const [version, actions, protocol] = [content.number(), content.number(), content.number()]
  if (version === undefined || actions === undefined || protocol === undefined) return 'its answer about options is too short'
  if (version < P.OLDEST_VERSION || version > P.NEWEST_VERSION)
    return `it speaks version ${version} of the protocol, and versions ${P.OLDEST_VERSION} to ${P.NEWEST_VERSION} are known here`
  if ((actions & ~P.ALL_ACTIONS) !== 0) return 'it wants to do what no filter can do here'
  const macros = readMacroLists(content)
  if (typeof macros === 'string') return macros
  // What it asks for and was not offered is nothing; before version 6 there were fewer bits.
  const bits = protocol & (version < 6 ? P.OLD_PROTOCOL : P.ALL_PROTOCOL)
  const names = Object.keys(P.STEPS) as readonly P.StepName[]
  return {
    version,
    actions,
    skipped: new Set(names.filter((name) => (bits & P.STEPS[name].skip) !== 0 || version < P.STEPS[name].since)),
    silent: new Set(names.filter((name) => (bits & P.STEPS[name].silent) !== 0)),
    leadingSpace: (bits & P.LEADING_SPACE) !== 0,
    refusedRecipients: (bits & P.REFUSED_RECIPIENTS) !== 0,
    maySkip: (bits & P.SKIPS) !== 0,
    macros,
  }
}

/** Pairs of a stage and its macros, with spaces between them. */
function readMacroLists(content: PacketContent): ReadonlyMap<P.MacroStage, readonly string[]> | string {
  const lists = new Map<P.MacroStage, readonly string[]>()
  while (!content.isEmpty) {
    const [number, names] = [content.number(), content.text()]
    if (number === undefined || names === undefined) return 'its lists of macros cannot be read'
    const stage = P.MACRO_STAGES[number]
    const list = names.split(/[\s,]+/).filter((name) => name !== '')
    if (list.length > MOST_MACROS) return `it asks for more than ${MOST_MACROS} macros at one stage`
    // A stage that is not known here is of a filter that is newer.
    if (stage !== undefined) lists.set(stage, list.map(bare))
  }
  return lists
}

/** Filters write `{name}` and `name`. */
function bare(name: string): string {
  return name.startsWith('{') && name.endsWith('}') ? name.slice(1, -1) : name
}
