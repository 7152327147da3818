// `/api/reference/errors`: each error code, when it is met, its status and what to do. The `type` of a problem leads to its place here.
import { ADVICE } from '../../contract/error-advice.ts'
import { ERRORS } from '../../contract/errors.ts'
import { type ErrorCode, statusOfCode } from '../../contract/management/errors.ts'

export function errorsPage(): string {
  const codes = (Object.keys(ERRORS) as ErrorCode[]).toSorted()
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Error codes · Hurricane MTA Server</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/reference/pages.css">
<main class="codes">
<h1>Error codes</h1>
<p>Every error of the <a href="/api/reference">management API</a> is a problem document (RFC 9457) with one of these codes, and so is
what <code>hms … --json</code> answers. A code never changes its meaning. Where no status stands here, it goes by who can mend it: 400 is
for the caller, 500 for the owner of the server, 502 for a peer, 503 for what passes by itself.</p>
<dl>
${codes.map(entryOf).join('\n')}
</dl>
</main>
</html>
`
}

function entryOf(code: ErrorCode): string {
  const status = statusOfCode(code)
  const shown = status === undefined ? '' : `<span>${status}</span>`
  return `<dt id="${code}"><a href="#${code}"><code>${code}</code></a>${shown}</dt>
<dd>${marked(ERRORS[code])}<br>${marked(ADVICE[code])}</dd>`
}

/** Text with code in backticks. */
function marked(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return escaped.replaceAll(/`([^`]*)`/g, '<code>$1</code>')
}
