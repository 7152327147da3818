// The header of a message on its way to a plug-in: as it stands, and where its fields are. It is taken apart in the plug-in's process, and
// only where a hook looks at it. Nothing of the server is imported here, as plug-ins' processes read no file of it outside this folder.

export interface ShownHeader {
  /** One character an octet. */
  readonly text: string
  /** Of each field where it begins, where its value begins, and where the next one does. */
  readonly places: readonly number[]
}

/** What a header is that was read (`src/message/header.ts`), as far as it is told. */
export interface ReadFields {
  readonly text: string
  readonly fields: readonly { readonly start: number; readonly value: number; readonly end: number }[]
}

export function shownHeader({ text, fields }: ReadFields): ShownHeader {
  return { text, places: fields.flatMap(({ start, value, end }) => [start, value, end]) }
}

/** As people read them: unfolded, in their order, with their names as they are written. */
export function shownFields({ text, places }: ShownHeader): readonly { readonly name: string; readonly value: string }[] {
  const fields: { name: string; value: string }[] = []
  for (let at = 0; at + 2 < places.length; at += 3) {
    const [start = 0, value = 0, end = 0] = places.slice(at, at + 3)
    fields.push({ name: text.slice(start, value - 1).trimEnd(), value: unfolded(text.slice(value, end)) })
  }
  return fields
}

/** Octets are read as UTF-8 before they are trimmed: A0 and 85 end letters there, and would be spaces as characters. */
function unfolded(octets: string): string {
  return Buffer.from(octets.replaceAll('\r\n', ''), 'latin1').toString('utf8').trim()
}
