// Packets of the milter protocol as a filter writes them, and conversations that have agreed on what they say.
import { MilterConversation } from '../src/smtp/milter/conversation.ts'

export const BOUNDS = { header: 20_000, recipients: 50, body: 100_000 }

export function u32(value: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}

/** Texts are octets, one character each. */
export function pkt(letter: string, data: string | Buffer = ''): Buffer {
  const octets = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
  return Buffer.concat([u32(octets.length + 1), Buffer.from(letter, 'latin1'), octets])
}

/** Letter and data of each. */
export function packetsIn(octets: Buffer): [string, string][] {
  const found: [string, string][] = []
  for (let at = 0; at < octets.length;) {
    const length = octets.readUInt32BE(at)
    found.push([octets.toString('latin1', at + 4, at + 5), octets.toString('latin1', at + 5, at + 4 + length)])
    at += 4 + length
  }
  return found
}

export interface Options {
  readonly version?: number
  readonly actions?: number
  readonly protocol?: number
  /** Pairs of a stage and a list. */
  readonly macros?: Buffer
}

/** What a filter answers to the offer. */
export function answerOf({ version = 6, actions = 0x1ff, protocol = 0, macros = Buffer.alloc(0) }: Options = {}): Buffer {
  return pkt('O', Buffer.concat([u32(version), u32(actions), u32(protocol), macros]))
}

export function conversation(): MilterConversation {
  return new MilterConversation(BOUNDS)
}

export function agreed(options: Options = {}): MilterConversation {
  const talk = conversation()
  talk.negotiate()
  const taken = talk.take(answerOf(options))
  if (taken.taken !== 'agreed') throw new Error(JSON.stringify(taken))
  return talk
}
