// Logging in to a smart host: SCRAM-SHA-256 (rfc:5802, rfc:7677), PLAIN (rfc:4616) and LOGIN, as exchanges of lines.
import { randomBytes } from 'node:crypto'
import { answerChallenge } from '../scram.ts'

export interface Login {
  readonly user: string
  readonly password: string
}

/** One run of a mechanism. Lines are without CRLF. */
export interface AuthExchange {
  /** The AUTH command. */
  readonly command: string
  /** The answer to a challenge (the text after 334), or null: the server does not follow the mechanism. */
  respond(challenge: string): string | null | Promise<string | null>
  /** Whether a success of the server may be believed: under SCRAM only after it has proved to know the password. */
  readonly trusted: boolean
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/**
 * The best mechanism that is offered. PLAIN and LOGIN give the password away: only where `secure` (under TLS, or the
 * owner chose to go without). Null: none that may be used.
 */
export function chooseExchange(offered: ReadonlySet<string>, login: Login, secure: boolean): AuthExchange | null {
  if (offered.has('SCRAM-SHA-256')) return new Scram(login)
  if (!secure) return null
  // rfc:4616#2: NUL is what separates the two.
  if (offered.has('PLAIN') && !`${login.user}${login.password}`.includes('\0')) return plain(login)
  return offered.has('LOGIN') ? new LoginMechanism(login) : null
}

function plain({ user, password }: Login): AuthExchange {
  const response = base64(`\0${user}\0${password}`)
  return { command: `AUTH PLAIN ${response}`, respond: () => null, trusted: true }
}

/** Never specified, widely used: the server asks for the name, then for the password. */
class LoginMechanism implements AuthExchange {
  readonly command = 'AUTH LOGIN'
  readonly trusted = true
  readonly #answers: string[]

  constructor({ user, password }: Login) {
    this.#answers = [user, password]
  }

  respond(): string | null {
    const answer = this.#answers.shift()
    return answer === undefined ? null : base64(answer)
  }
}

/** States: `#expected` null: the server's first message is awaited; then its proof; `trusted` once that was right. */
class Scram implements AuthExchange {
  trusted = false
  readonly command: string
  readonly #password: string
  readonly #first: string
  #expected: string | null = null

  constructor({ user, password }: Login) {
    this.#password = password
    const name = user.normalize('NFKC').replaceAll('=', '=3D').replaceAll(',', '=2C')
    this.#first = `n=${name},r=${randomBytes(18).toString('base64')}`
    this.command = `AUTH SCRAM-SHA-256 ${base64(`n,,${this.#first}`)}`
  }

  respond(challenge: string): string | null | Promise<string | null> {
    const message = Buffer.from(challenge, 'base64').toString()
    if (this.#expected === null) return this.#prove(message)
    this.trusted = message.split(',', 1)[0] === this.#expected
    return this.trusted ? '' : null
  }

  async #prove(serverFirst: string): Promise<string | null> {
    const answer = await answerChallenge(this.#password, this.#first, serverFirst)
    this.#expected = answer?.serverFinal ?? null
    return answer === undefined ? null : base64(answer.clientFinal)
  }
}
