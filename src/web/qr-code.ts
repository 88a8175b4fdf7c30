import createQrCode from 'qrcode-generator'
import type { QrDrawing } from '../../views/components/qr-code.ts'

/** Draws a QR code here: its text is often a secret, and no other server is to be told it. */
export function drawQrCode(text: string): QrDrawing {
  // A screen has no scratches: the least correction gives the largest modules.
  const code = createQrCode(0, 'L')
  code.addData(text)
  code.make()
  const size = code.getModuleCount()
  const rows = Array.from({ length: size }, (_row, row) => {
    const dark = Array.from({ length: size }, (_column, column) => code.isDark(row, column))
    return runsOf(dark).map(({ from, length }) => `M${from} ${row}h${length}v1h-${length}z`)
  })
  return { size, path: rows.flat().join('') }
}

/** The unbroken runs of dark modules of one row: a tenth of the text that a square for each would be. */
function runsOf(dark: readonly boolean[]): { from: number; length: number }[] {
  const runs: { from: number; length: number }[] = []
  for (const [index, isDark] of dark.entries()) {
    const last = runs.at(-1)
    if (!isDark) continue
    if (last !== undefined && last.from + last.length === index) last.length += 1
    else runs.push({ from: index, length: 1 })
  }
  return runs
}
