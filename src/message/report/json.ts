// JSON of strangers: bounded in size and nesting before it is parsed, an object or nothing.

export type Json = { readonly [name: string]: unknown }

const MOST_CHARACTERS = 4 * 1024 * 1024
const DEEPEST = 64

export const isObject = (json: unknown): json is Json => typeof json === 'object' && json !== null && !Array.isArray(json)

/** Nested arrays cost many times their text. */
function isShallow(text: string): boolean {
  let depth = 0
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92 && isQuoted) i++
    else if (code === 34) isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (code === 91 || code === 123) {
      if (++depth > DEEPEST) return false
    } else if (code === 93 || code === 125) depth--
  }
  return true
}

/** Null where it is no object, too large or too deep. */
export function readJson(text: string): Json | null {
  if (text.length > MOST_CHARACTERS || !isShallow(text)) return null
  try {
    const json: unknown = JSON.parse(text)
    return isObject(json) ? json : null
  } catch {
    return null
  }
}
