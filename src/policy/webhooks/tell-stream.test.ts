import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NumberedEvent } from '../../contract/events.ts'
import { TellStream, type TellPost } from './tell-stream.ts'

/** Events about messages, numbered from 1. */
function streamOf(messages: string, events: number): TellStream {
  const stream = new TellStream({ batch: { events, wait: 0 }, wants: () => true, isAside: () => false }, new Map())
  const told = [...messages].map((message, i) => ({
    event: { id: `1.${i + 1}`, message, at: 0 } as never as NumberedEvent,
    number: i + 1,
    octets: 10,
  }))
  stream.take({ shard: 1, after: 0, upTo: told.length, events: told }, 0)
  return stream
}

const messagesOf = ({ events }: TellPost): string => events.map(({ event }) => event.message).join('')

test('what goes aside behind a post keeps its order, whichever message it was found by', () => {
  const stream = streamOf('abbcac', 2)
  const [first, second] = [stream.next(0), stream.next(0)]
  assert.ok(first !== null && second === null)
  assert.deepEqual(stream.behind(first).map(messagesOf), ['ab', 'bc', 'ac'])
})
