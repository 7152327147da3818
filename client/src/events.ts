// Server-sent events as they come over a connection.

export interface StreamEvent<Row> {
  readonly event: string
  /** Where to go on after this; null: the server has not said. */
  readonly id: string | null
  readonly data: Row
}

interface RawEvent {
  event: string
  data: string
  id: string | null
  retry: number | null
}

/** What an event holds at most; what is longer is no event of ours. */
const LONGEST = 16 * 1024 * 1024

/** Until the connection ends, or nothing came for `silence` milliseconds. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, silence: number): AsyncGenerator<RawEvent, void, undefined> {
  let rest = ''
  let raw: RawEvent = { event: 'message', data: '', id: null, retry: null }
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>).getReader()
  try {
    for (;;) {
      const value = await textOf(reader, silence)
      if (value === undefined) return
      const lines = (rest + value).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length + raw.data.length > LONGEST) return
      for (const line of lines) {
        if (line !== '') take(raw, line)
        else {
          yield raw
          raw = { event: 'message', data: '', id: null, retry: null }
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

async function textOf(reader: ReadableStreamDefaultReader<string>, silence: number): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), silence)
  })
  const next = reader.read().then(
    ({ value }) => value,
    () => undefined,
  )
  try {
    return await Promise.race([next, late])
  } finally {
    clearTimeout(timer)
  }
}

function take(raw: RawEvent, line: string): void {
  const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
  if (name === 'event') raw.event = value
  else if (name === 'data') raw.data += raw.data === '' ? value : `\n${value}`
  else if (name === 'id') raw.id = value
  else if (name === 'retry' && /^\d{1,6}$/.test(value)) raw.retry = Number(value)
}
