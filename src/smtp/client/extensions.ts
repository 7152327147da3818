// What a receiving server offers in its reply to EHLO (rfc:5321#4.1.1.1).

export interface PeerExtensions {
  readonly pipelining: boolean
  readonly chunking: boolean
  readonly binaryMime: boolean
  readonly eightBitMime: boolean
  readonly smtpUtf8: boolean
  readonly dsn: boolean
  readonly requireTls: boolean
  /** 0: SIZE without a number; null: not offered. */
  readonly size: number | null
}

export interface Offer {
  readonly extensions: PeerExtensions
  readonly startTls: boolean
  /** SASL mechanisms, upper case. */
  readonly auth: ReadonlySet<string>
}

const MOST_SIZE_DIGITS = 15
/** Of nearly all servers: there is one for each connection. */
const NONE: ReadonlySet<string> = new Set()

function sizeOf(argument: string): number {
  return /^\d+$/.test(argument) && argument.length <= MOST_SIZE_DIGITS ? Number(argument) : 0
}

/** `lines`: of the reply to EHLO, without codes; the first is the server's name. None after HELO. */
export function parseOffer(lines: readonly string[]): Offer {
  const offered = new Map<string, string>()
  let auth: Set<string> | null = null
  for (const line of lines.slice(1)) {
    // `AUTH=LOGIN` is how servers from before rfc:2554 said it.
    const [keyword = '', ...rest] = line.trim().toUpperCase().split(/[ =]+/)
    if (keyword === 'AUTH') for (const mechanism of rest) (auth ??= new Set()).add(mechanism)
    else if (!offered.has(keyword)) offered.set(keyword, rest[0] ?? '')
  }
  const size = offered.get('SIZE')
  const extensions = {
    pipelining: offered.has('PIPELINING'),
    chunking: offered.has('CHUNKING'),
    binaryMime: offered.has('BINARYMIME'),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    dsn: offered.has('DSN'),
    requireTls: offered.has('REQUIRETLS'),
    size: size === undefined ? null : sizeOf(size),
  }
  return { extensions, startTls: offered.has('STARTTLS'), auth: auth ?? NONE }
}
