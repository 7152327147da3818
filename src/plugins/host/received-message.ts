// A message as the hook `received` has it: what costs something, its header and its body, is read where the hook asks for it. It is plain data
// all the same: whoever copies it, takes it apart or makes it text has all of it.
import type { PluginField, ReceivedEvent, ReceivedFacts } from '../../contract/plugins.ts'
import { type ShownHeader, shownFields } from '../shown-header.ts'

/** As the server tells of it. */
export interface ToldMessage extends Omit<ReceivedFacts, 'header'> {
  readonly header: ShownHeader
}

/** `told` becomes it: another object would cost more than to read the call. `pull` gives the next piece of its body; null: there is none left. */
export function receivedMessage(told: ToldMessage, pull: () => Promise<Uint8Array | null>): ReceivedEvent {
  const shown = told.header
  let header: readonly PluginField[] | null = null
  const body = async function* (): AsyncIterable<Uint8Array> {
    for (let piece = await pull(); piece !== null; piece = await pull()) yield piece
  }
  const wholeBody = async (): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = []
    for await (const piece of body()) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  const message: ToldMessage & Partial<Pick<ReceivedEvent, 'body' | 'wholeBody'>> = told
  message.body = body
  message.wholeBody = wholeBody
  return Object.defineProperty(message, 'header', {
    configurable: true,
    enumerable: true,
    get: () => (header ??= shownFields(shown)),
    set: (fields: readonly PluginField[]) => {
      header = fields
    },
  }) as unknown as ReceivedEvent
}
