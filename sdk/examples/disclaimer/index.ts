// Disclaimer: a text below every message, in its text and in its HTML, whatever encoding and charset these have. A message that is signed is
// left as it is, or refused: a text below it would break the signature. It is said in the log, never done in silence.
import { definePlugin, type PluginField } from '@hurricane-mta/plugin'
import { z } from 'zod'
import { type Addition, extended, isSealed } from './mime.ts'

const settings = z.object({
  text: z.string().min(1),
  /** Left out: made of the text. */
  html: z.string().optional(),
  /** What becomes of a message whose signature the text would break: S/MIME, PGP, or a DKIM signature of somebody else. */
  signed: z.enum(['leave', 'refuse']).default('leave'),
  /** Octets; larger messages are left as they are. */
  largest: z
    .number()
    .int()
    .positive()
    .default(10 * 1024 * 1024),
})

export default definePlugin({
  name: 'disclaimer',
  apiVersion: 1,
  settings,
  hooks: {
    received: async (event, { settings: { text, html, signed, largest }, log }) => {
      if (event.size > largest) {
        log.warn(`Message ${event.message} has ${event.size} octets, and goes without the text.`)
        return
      }
      const body = Buffer.from(await event.wholeBody()).toString('latin1')
      const [type, encoding] = [valueOf(event.header, 'Content-Type'), valueOf(event.header, 'Content-Transfer-Encoding')]
      if (isSealed(type, body) || valueOf(event.header, 'DKIM-Signature') !== '') {
        if (signed === 'refuse') return { action: 'refuse', text: 'Signed messages are not taken here.' }
        log.warn(`Message ${event.message} is signed, and goes without the text.`)
        return
      }
      const addition: Addition = { text, html: references(html ?? htmlOf(text)) }
      const changed = extended({ type, encoding, body }, addition)
      if (changed === null) {
        log.warn(`Message ${event.message} has no text that can be added to (${type}), and goes without it.`)
        return
      }
      const header = [
        ...(changed.type === type ? [] : [{ kind: 'change', name: 'Content-Type', nth: 1, value: changed.type } as const]),
        ...(changed.encoding === encoding
          ? []
          : [{ kind: 'change', name: 'Content-Transfer-Encoding', nth: 1, value: changed.encoding } as const]),
        // Without it a reader would not decode what is no longer plain ASCII.
        ...(changed.encoding === encoding || valueOf(event.header, 'MIME-Version') !== ''
          ? []
          : [{ kind: 'add', name: 'MIME-Version', value: '1.0' } as const]),
      ]
      return { action: 'accept', changes: { header, body: Buffer.from(changed.body, 'latin1') } }
    },
  },
})

function valueOf(header: readonly PluginField[], wanted: string): string {
  return header.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())?.value.trim() ?? ''
}

function htmlOf(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<p>${escaped.replaceAll(/\r?\n/g, '<br>')}</p>`
}

/** The same in ASCII, which every charset of HTML has. */
function references(html: string): string {
  return Array.from(html, (char) => (char > '~' ? `&#${char.codePointAt(0) ?? 0};` : char)).join('')
}
