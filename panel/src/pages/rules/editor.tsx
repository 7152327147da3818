// A text with numbers of its lines. Tab leaves it, as it does any other field.
import { type ReactNode, useEffect, useId, useRef } from 'react'

interface EditorProps {
  readonly label: string
  readonly text: string
  readonly set: (text: string) => void
  /** The line to go to; another object goes there again. */
  readonly meant: { readonly line: number } | null
}

export function Editor({ label, text, set, meant }: EditorProps): ReactNode {
  const area = useRef<HTMLTextAreaElement>(null)
  const id = useId()
  const count = text.split('\n').length
  useEffect(() => {
    if (meant !== null && area.current !== null) goTo(area.current, meant.line)
  }, [meant])
  return (
    <div>
      <label className="hms-hidden" htmlFor={id}>
        {label}
      </label>
      <div className="hms-rules-editor">
        <div className="hms-rules-numbers" aria-hidden="true">
          {Array.from({ length: count }, (_, n) => n + 1).join('\n')}
        </div>
        <textarea
          id={id}
          ref={area}
          rows={count}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          wrap="off"
          value={text}
          onChange={(event) => set(event.currentTarget.value)}
        />
      </div>
    </div>
  )
}

/** Chooses the line, and brings it into sight. */
function goTo(area: HTMLTextAreaElement, line: number): void {
  const lines = area.value.split('\n')
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  area.focus({ preventScroll: true })
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0))
  const box = area.parentElement
  if (box !== null) box.scrollTop = Math.max(0, ((line - 1) / lines.length) * area.scrollHeight - box.clientHeight / 2)
  box?.scrollIntoView({ block: 'nearest' })
}
