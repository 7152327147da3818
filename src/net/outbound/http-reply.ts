// What an HTTP server answered, in one line for people: the words of its status and the first line of what it says. It comes from outside.

const MOST_TEXT = 1024
// oxlint-disable-next-line no-control-regex -- they are what must not be shown
const CONTROLS = /[\0-\x1f\x7f-\x9f\u2028\u2029]+/g

export function replyText(status: string, beginning: Buffer): string {
  const lines = beginning.toString('utf8').split(/\r\n|\r|\n/, 20)
  const first = lines.find((line) => line.trim() !== '') ?? ''
  return [status, first]
    .map((text) => text.replace(CONTROLS, ' ').trim())
    .filter((text) => text !== '')
    .join(': ')
    .slice(0, MOST_TEXT)
}
