// Leaves credentials out of the lines of a dialog, before a line is kept or shown: on both sides and in every form of AUTH (rfc:4954).

const COMMAND = /^(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|STARTTLS|VRFY|EXPN|HELP)(?:\s|$)/i

export class CredentialsLeftOut {
  /** Null: nothing of the other side was heard yet. Who begins to listen in the middle of a dialog may come in the middle of a log-in. */
  #isLoggingIn: boolean | null = null

  /** A line of whoever logs in. */
  client(line: string): string {
    const [, command, more] = /^(AUTH\s+\S+)(\s+.*)?$/i.exec(line) ?? []
    if (command !== undefined) {
      this.#isLoggingIn = true
      return more === undefined ? command : `${command} (credentials)`
    }
    const isCredential = this.#isLoggingIn ?? !COMMAND.test(line)
    return isCredential ? '(credentials)' : line
  }

  /** A line of the other side. rfc:4954#4: 334 goes on with the exchange, everything else ends it. */
  server(line: string): string {
    const isChallenge = /^334(?: |$)/.test(line)
    if (isChallenge && this.#isLoggingIn !== false) {
      this.#isLoggingIn = true
      return '334 (challenge)'
    }
    this.#isLoggingIn = false
    return line
  }
}
