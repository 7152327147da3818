// The numbers and letters of the Sendmail mail filter protocol (libmilter's mfdef.h), versions 2 to 6: what an MTA says, what a filter
// answers, and what the two agree on at the beginning.

/** The newest version, and the oldest that is still spoken. */
export const NEWEST_VERSION = 6
export const OLDEST_VERSION = 2

/** Body octets in one packet. */
export const CHUNK = 65_535

/** What we say. */
export const COMMAND = {
  abort: 'A',
  body: 'B',
  connect: 'C',
  macros: 'D',
  end: 'E',
  helo: 'H',
  quitKept: 'K',
  header: 'L',
  mail: 'M',
  headerEnd: 'N',
  options: 'O',
  quit: 'Q',
  recipient: 'R',
  data: 'T',
  unknown: 'U',
} as const

/** What a filter may do, as it says at the beginning (SMFIF_*). */
export const ACTION = {
  addHeader: 0x1,
  changeBody: 0x2,
  addRecipient: 0x4,
  deleteRecipient: 0x8,
  changeHeader: 0x10,
  quarantine: 0x20,
  changeSender: 0x40,
  addRecipientWith: 0x80,
  setMacros: 0x100,
} as const

export type Action = keyof typeof ACTION
export const ACTIONS = Object.keys(ACTION) as readonly Action[]
export const ALL_ACTIONS = 0x1ff

/** The steps of a session and of a message that a filter may be asked about. */
export type StepName = 'connect' | 'helo' | 'mail' | 'recipient' | 'data' | 'header' | 'headerEnd' | 'body' | 'end' | 'unknown'

/**
 * `skip`: the filter does not want the step (SMFIP_NO*). `silent`: it does not answer it (SMFIP_NR_*). `since`: the version that has the step.
 * The end of a message can be neither.
 */
export const STEPS: Readonly<Record<StepName, { readonly skip: number; readonly silent: number; readonly since: number }>> = {
  connect: { skip: 0x1, silent: 0x1000, since: 2 },
  helo: { skip: 0x2, silent: 0x2000, since: 2 },
  mail: { skip: 0x4, silent: 0x4000, since: 2 },
  recipient: { skip: 0x8, silent: 0x8000, since: 2 },
  body: { skip: 0x10, silent: 0x80000, since: 2 },
  header: { skip: 0x20, silent: 0x80, since: 2 },
  headerEnd: { skip: 0x40, silent: 0x40000, since: 2 },
  unknown: { skip: 0x100, silent: 0x20000, since: 3 },
  data: { skip: 0x200, silent: 0x10000, since: 4 },
  end: { skip: 0, silent: 0, since: 2 },
}

/** What else is agreed on (SMFIP_*). */
export const SKIPS = 0x400
export const REFUSED_RECIPIENTS = 0x800
export const LEADING_SPACE = 0x100000
export const ALL_PROTOCOL = 0x1fffff
/** Before version 6 there was nothing of it but these. */
export const OLD_PROTOCOL = 0x3ff

/** The stages that macros are asked for, by number (SMFIM_*). */
export const MACRO_STAGES = ['connect', 'helo', 'mail', 'recipient', 'data', 'end', 'headerEnd'] as const
export type MacroStage = (typeof MACRO_STAGES)[number]
