// SMTP replies: code, enhanced code (rfc:3463) and text, as values. The session machine turns them into octets.
import type { EpochMs } from '../base/brand.ts'

export interface Reply {
  readonly code: number
  /** `2.6.0` and the like; null where the standard has none (greeting, EHLO, 354). */
  readonly enhanced: string | null
  /** One or more lines without CR, LF or NUL. */
  readonly lines: readonly string[]
  /** Until when the same is refused again, where that is known; for those who are told it otherwise than in words. */
  readonly until?: EpochMs
  /** Close the connection after it was written. */
  readonly close?: true
}

export function reply(code: number, enhanced: string | null, ...lines: string[]): Reply {
  return { code, enhanced, lines }
}

/** The same reply, and the connection ends after it. */
export function closing(base: Reply): Reply {
  return { ...base, close: true }
}

/** Whether it says no, for now or for good (rfc:5321#4.2.1). */
export function isRefusal({ code }: Reply): boolean {
  return code >= 400
}

/** Nothing is said, and the connection ends. */
export const SILENCE: Reply = closing(reply(421, null))

/** The octets of a reply as one string: `250-2.6.0 a\r\n250 2.6.0 b\r\n`. */
export function formatReply({ code, enhanced, lines }: Reply): string {
  const prefix = enhanced === null ? '' : `${enhanced} `
  let text = ''
  for (let i = 0; i < lines.length; i++) text += `${code}${i === lines.length - 1 ? ' ' : '-'}${prefix}${lines[i]}\r\n`
  return text
}
