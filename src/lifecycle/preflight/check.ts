// What a check of the preflight answers. `ok: false` stops an install or an upgrade; `ok` with a `mend` is advice.

export interface PreflightCheck {
  readonly check: string
  readonly ok: boolean
  /** What this machine or home has. */
  readonly found: string
  readonly needed: string
  /** What to do about it; null where nothing is to be done. */
  readonly mend: string | null
  /** Plug-ins that an upgrade switches off, as they would fail and it is allowed. */
  readonly disables?: readonly string[]
}

/** The addresses of a server that runs on the home, by option. */
export interface RunningHere {
  readonly pid: number
  readonly addresses: Readonly<Record<string, readonly { readonly host: string; readonly port: number }[]>>
}

/** `1.5 GiB`. */
export function amount(octets: number): string {
  const [size, unit] =
    octets >= 2 ** 30 ? [octets / 2 ** 30, 'GiB'] : octets >= 2 ** 20 ? [octets / 2 ** 20, 'MiB'] : [Math.ceil(octets / 1024), 'KiB']
  return `${size < 100 && unit === 'GiB' ? size.toFixed(1) : Math.ceil(size)} ${unit}`
}
