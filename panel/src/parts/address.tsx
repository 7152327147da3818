// An address of mail, which is parted before its @ where there is too little room for it.
import type { ReactNode } from 'react'

export function Address({ text }: { readonly text: string }): ReactNode {
  const at = text.lastIndexOf('@')
  if (at <= 0) return <span className="hms-break">{text === '' ? '<>' : text}</span>
  return (
    <span className="hms-break">
      {text.slice(0, at)}
      <wbr />
      {text.slice(at)}
    </span>
  )
}
