// Leaves credentials out of the lines of a dialog, before a line is kept or shown: on both sides and in every form of AUTH (rfc:4954).

export class CredentialsLeftOut {
  #isLoggingIn = false

  /** A line of whoever logs in. */
  client(line: string): string {
    const [, command, more] = /^(AUTH\s+\S+)(\s+.*)?$/i.exec(line) ?? []
    if (command !== undefined) {
      this.#isLoggingIn = true
      return more === undefined ? command : `${command} (credentials)`
    }
    return this.#isLoggingIn ? '(credentials)' : line
  }

  /** A line of the other side. rfc:4954#4: 334 goes on with the exchange, everything else ends it. */
  server(line: string): string {
    if (!this.#isLoggingIn) return line
    if (/^334(?: |$)/.test(line)) return '334 (challenge)'
    this.#isLoggingIn = false
    return line
  }
}
