// A value as the file has it, and the same as a person types it: without the quotes and brackets of YAML, members with commas between them.

export function typedOf(written: string): string {
  if (written.startsWith('[')) return membersOf(written).join(', ')
  return unquoted(written)
}

/** Members hold no comma but within quotes. */
function membersOf(written: string): readonly string[] {
  const members = written.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|[^,\s]+/g) ?? []
  return members.map((member) => unquoted(member))
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}
