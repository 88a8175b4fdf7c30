import { html } from '../html.ts'
import type { Html } from '../html.ts'

/** A QR code as it is drawn: modules on each side, and the path of the dark ones. */
export interface QrDrawing {
  readonly size: number
  readonly path: string
}

// ISO/IEC 18004 §9.1: four modules of quiet around it, or scanners do not find it.
const quiet = 4

/** A QR code, dark on light in both themes, because many scanners read nothing else. `label` says what it is. */
export function qrCode({ drawing, label }: { readonly drawing: QrDrawing; readonly label: string }): Html {
  const side = drawing.size + 2 * quiet
  const viewBox = `${-quiet} ${-quiet} ${side} ${side}`
  return html`<div class="qr-code">
    <svg
      viewBox="${viewBox}"
      width="200"
      height="200"
      role="img"
      aria-label="${label}"
      shape-rendering="crispEdges"
    >
      <path d="${drawing.path}" />
    </svg>
  </div>`
}
