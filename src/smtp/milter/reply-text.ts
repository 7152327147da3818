// The reply that a filter wants a client to get (`550 5.7.1 text`), made one that cannot be anything else: its lines are lines, its code is
// a refusal, and what it says is ASCII.
import { closing, type Reply, reply } from '../reply.ts'
import { linesOf, withoutEnd } from './lines.ts'

const LINE = /^([45]\d\d)([ -])(.*)$/
const ENHANCED = /^([45])\.(\d{1,3})\.(\d{1,3})(?: +|$)/
/** As many as libmilter sends. */
const MOST_LINES = 32
/** rfc:5321#4.5.3.1.5: 512 octets with code, enhanced code and CRLF. */
const LONGEST_LINE = 480
const UNPRINTABLE = /[^\x20-\x7e]/g

/** Null where it is no refusal in the form of one. */
export function readReply(text: string): Reply | null {
  const lines = [...linesOf(withoutEnd(text, '\0'))]
  if (lines.at(-1) === '' && lines.length > 1) lines.pop()
  if (lines.length > MOST_LINES) return null
  const [code = '', enhanced = ''] = [lines[0]?.slice(0, 3), ENHANCED.exec(lines[0]?.slice(4) ?? '')?.[0].trim()]
  if (enhanced !== '' && enhanced[0] !== code[0]) return null
  const said: string[] = []
  for (const line of lines) {
    const [, ofLine, , rest = ''] = LINE.exec(line.replace(UNPRINTABLE, '?')) ?? []
    if (ofLine === undefined || ofLine !== code) return null
    // Sendmail takes it for a format: a percent sign is written twice.
    said.push(rest.replace(ENHANCED, '').replaceAll('%%', '%').slice(0, LONGEST_LINE))
  }
  const made = reply(Number(code), enhanced === '' ? `${code[0]}.7.1` : enhanced, ...said)
  // rfc:5321#3.8: after 421 the connection is closed.
  return code === '421' ? closing(made) : made
}
