// Replies of SMTP servers in running text: their codes, enhanced codes, and the line that refused.

/** `5.1.1` that is no piece of an IP address or version. */
const ENHANCED = /(?<![\d.])([45])\.([0-7])\.(\d{1,3})(?!\d|\.\d)/

export function enhancedIn(text: string): string | null {
  const found = ENHANCED.exec(text)
  return found === null ? null : `${found[1]}.${found[2]}.${Number(found[3])}`
}

/** Whether a line quotes a refusal of a server. */
export function isRefusal(line: string): boolean {
  return (
    /(?:^|[\s<(:'"[])[45]\d\d[ -]+(?:#?[45]\.\d\.\d{1,3}|[<A-Za-z'"*([])/.test(line) ||
    /(?:^|[\s<(:'"[#])[45]\.[0-7]\.\d{1,3}(?!\d|\.\d)|\b(?:error|code|reply|status|response)[ :=#]{1,3}[45]\d\d\b/i.test(line)
  )
}
