// What is got whole, octet by octet: as a stream, so that its size does not matter; a connection that is lost is made again and goes on where it was.
import { NoAnswer, Problem } from './problem.ts'

/** Something that is on its way. Who wants no more of it says so: `body.cancel()`, or `signal`. */
export interface Download {
  /** Octets that `body` gives in all. */
  readonly size: number
  /** Such as `application/gzip`. */
  readonly type: string
  /** It fails with a `Problem` or `NoAnswer` where it could not be had to its end. */
  readonly body: ReadableStream<Uint8Array>
}

/** What a download needs of whoever makes connections. */
export interface DownloadParts {
  /** A connection that gives all from this octet on; tried again where that may help. `signal` ends it. */
  readonly open: (from: number, signal: AbortSignal) => Promise<Response>
  /** The first octet that is wanted. */
  readonly from: number
  /** Milliseconds that nothing may come. */
  readonly timeout: number
  /** Connections that may be lost without an octet in between. */
  readonly retries: number
  readonly signal: AbortSignal | undefined
}

interface Connection {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  readonly left: number
  readonly type: string
  readonly end: AbortController
}

/** Resolves when its header is there. */
export async function downloadOf(parts: DownloadParts): Promise<Download> {
  let connection = await connect(parts, parts.from)
  const { type, left: size } = connection
  let [got, lost] = [0, 0]

  const step = async (): Promise<Uint8Array | null> => {
    for (;;) {
      const piece = await pieceOf(connection, parts.timeout)
      if (piece instanceof Uint8Array) {
        got += piece.length
        lost = 0
        return piece
      }
      if (got === size) return null
      connection.end.abort()
      if (parts.signal?.aborted === true || lost++ >= parts.retries) throw piece
      connection = await connect(parts, parts.from + got)
      if (connection.left !== size - got) {
        connection.end.abort()
        throw new NoAnswer(`What was being downloaded has ${connection.left} octets left where ${size - got} were expected: begin anew.`)
      }
    }
  }
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const piece = await step()
        if (piece === null) controller.close()
        else controller.enqueue(piece)
      },
      cancel: () => connection.end.abort(),
    },
    { highWaterMark: 0 },
  )
  return { size, type, body }
}

async function connect({ open, signal }: DownloadParts, from: number): Promise<Connection> {
  const end = new AbortController()
  const response = await open(from, signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]))
  const length = response.headers.get('content-length')
  if (response.body === null || length === null) {
    end.abort()
    throw new Problem(response.status, {
      detail: 'The server did not say how many octets there are: a proxy before it may have changed the answer.',
    })
  }
  return { reader: response.body.getReader(), left: Number(length), type: response.headers.get('content-type') ?? '', end }
}

/** Or why there is none: what was cut off does not always say so. */
async function pieceOf({ reader }: Connection, timeout: number): Promise<Uint8Array | NoAnswer> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<NoAnswer>((resolve) => {
    timer = setTimeout(() => resolve(new NoAnswer(`Nothing came for ${timeout} ms.`)), timeout)
  })
  const next = reader.read().then(
    ({ value }) => value ?? new NoAnswer('The connection ended before all was there.'),
    (error: unknown) => new NoAnswer('The connection was lost before all was there.', { cause: error }),
  )
  try {
    return await Promise.race([next, late])
  } finally {
    clearTimeout(timer)
  }
}
