// A QR code, drawn here as SVG: what is in it leaves the browser for no other server. Dark on light whatever the scheme, as cameras want it.
import { type ReactNode, useMemo } from 'react'
import { encode } from 'uqr'
import './qr-code.css'

/** Modules of light around it that the standard (ISO/IEC 18004) asks for. */
const QUIET = 4

export function QrCode({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const { size, path } = useMemo(() => {
    const { data, size } = encode(text, { ecc: 'M', border: QUIET })
    return { size, path: data.map((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('') }
  }, [text])
  return (
    <svg className="hms-qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  )
}
