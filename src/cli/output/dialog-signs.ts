// Who said a line of a dialog.
export const SIGNS = { us: '>', peer: '<', note: '*' } as const
